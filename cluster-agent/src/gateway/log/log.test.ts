import { appendFile, open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agent, allow, NOW_MS, seededId, tenantDocument, UNSIGNED } from '../../testing/documents.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { recordedLog } from '../../testing/log.ts';
import { type Counter, openFollower } from './follow.ts';
import { type Denial, explain, parseLine } from './line.ts';
import { forget, readLines } from './tail.ts';

const TENANT = seededId('tenant', 1);
const AGENT = seededId('agent', 1);
const OTHER = seededId('agent', 2);

/** A line as HAProxy writes it. */
function line(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    at: NOW_MS,
    src: '10.0.0.7',
    srcPort: 4000,
    who: `${TENANT}|${AGENT}`,
    protocol: 'tls',
    hostSource: 'sni',
    port: 443,
    host: 'evil.example',
    ip: '-',
    mode: 'hard',
    revision: '7',
    verdict: 'deny',
    reason: 'not_in_allowlist',
    end: 'PR',
    bytes: 0,
    ...more,
  });
}

function denial(more: Record<string, unknown> = {}): Denial {
  const read = parseLine(line(more));
  if (read.kind !== 'denial') throw new Error(`no denial but ${read.kind}`);
  return read.denial;
}

describe('a line of the gateway’s log', () => {
  it('says who wanted what, and by which revision it was denied', () => {
    expect(denial({ ip: '10.1.2.3', reason: 'private_ip' })).toEqual({
      atMs: NOW_MS,
      src: { ip: '10.0.0.7', port: 4000 },
      tenantId: TENANT,
      agentId: AGENT,
      protocol: 'tls',
      host: 'evil.example',
      hostSource: 'sni',
      port: 443,
      ip: '10.1.2.3',
      revision: 7,
      isDenied: true,
      reason: 'private_ip',
    });
  });

  it.each([
    ['SOFT let it pass', { verdict: 'would_deny' }, { isDenied: false }],
    ['no agent selects the pod', { who: `${TENANT}|-` }, { tenantId: TENANT, agentId: null }],
    ['the source is nobody’s', { who: 'unknown', reason: 'policy_default' }, { tenantId: null, agentId: null }],
    ['no host was named', { host: '-', reason: 'no_sni' }, { host: '', hostSource: 'none' }],
    ['a reason that is not known', { reason: '-' }, { reason: 'policy_default' }],
    [
      'a request that nobody understands',
      { protocol: 'http', verdict: '-', reason: '-' },
      { isDenied: true, reason: 'no_sni' },
    ],
  ])('is a denial when %s', (_, more, wanted) => {
    expect(denial(more)).toMatchObject(wanted);
  });

  it.each([
    ['what passed', line({ verdict: 'allow' }), 'passed'],
    ['what was handed on to the frontend for requests', line({ verdict: '-', reason: '-', end: '--' }), 'passed'],
    ['a look at the page of denials', line({ verdict: 'page', protocol: 'http' }), 'passed'],
    ['words of HAProxy', 'Proxy any stopped.', 'unreadable'],
    ['half a line', line().slice(0, 40), 'unreadable'],
    ['nothing', '', 'unreadable'],
  ])('is no denial: %s', (_, text, kind) => {
    expect(parseLine(text).kind).toBe(kind);
  });
});

describe('why it was denied (A133)', () => {
  const install = (agentId: string, name: string) => ({
    agentId,
    name,
    version: '1.0.0',
    archiveDigest: `sha256:${'a'.repeat(64)}`,
    contentDigest: `sha256:${'c'.repeat(64)}`,
    approval: UNSIGNED,
  });
  const document = tenantDocument({
    agents: [
      agent({ allow: [allow('port.example', { ports: [8443] }), allow('*.wild.example')] }),
      agent({ agentId: OTHER, name: 'clerk', allow: [allow('theirs.example')] }),
    ],
    installs: [install(AGENT, 'weather')],
  });

  it.each([
    ['evil.example', 'not_in_allowlist', 'weather'],
    ['port.example', 'port', 'weather'],
    ['theirs.example', 'skill_not_installed', 'weather'],
    ['a.wild.example', 'port', 'weather'],
  ])('%s: %s', (host, reason, skill) => {
    const port = host === 'a.wild.example' ? 8443 : 443;
    expect(explain(denial({ host, port }), document)).toMatchObject({ reason, skill: { name: skill } });
  });

  it('keeps what the gateway knows better, and names no skill where it could be one of several', () => {
    expect(explain(denial({ host: 'port.example', reason: 'private_ip' }), document).reason).toBe('private_ip');
    const two = { ...document, installs: [install(AGENT, 'weather'), install(AGENT, 'maps')] };
    expect(explain(denial(), two)).toEqual({ reason: 'not_in_allowlist', skill: null });
    expect(explain(denial(), null)).toEqual({ reason: 'not_in_allowlist', skill: null });
  });
});

describe('reading a file that grows', () => {
  it('gives whole lines only, goes on where it was, and begins anew with another file', async () => {
    const path = join(await temporaryFolder(), 'log');
    expect(await readLines(path, null)).toEqual({ lines: [], to: null });
    await writeFile(path, 'one\ntwo\nthr');
    const first = await readLines(path, null);
    expect(first.lines).toEqual(['one', 'two']);
    await appendFile(path, 'ee\n');
    const second = await readLines(path, first.to);
    expect(second.lines).toEqual(['three']);
    expect((await readLines(path, second.to)).lines).toEqual([]);
    await rename(path, `${path}.1`);
    await writeFile(path, 'other\n');
    expect((await readLines(path, second.to)).lines).toEqual(['other']);
  });

  it('skips what is longer than any line', async () => {
    const path = join(await temporaryFolder(), 'log');
    await writeFile(path, 'x'.repeat(100_000));
    const { lines, to } = await readLines(path, null);
    expect(lines).toEqual([]);
    await appendFile(path, '\nnext\n');
    expect((await readLines(path, to)).lines).toEqual(['', 'next']);
  });

  it('gives the disk back what was read, and every offset stays', async () => {
    const path = join(await temporaryFolder(), 'log');
    const text = `${'y'.repeat(99)}\n`.repeat(10_000);
    const file = await open(path, 'a');
    try {
      await file.writeFile(text);
      await file.sync();
      const before = (await stat(path)).blocks;
      const isForgotten = await forget(path, { inode: 0, offset: 900_000 });
      await file.appendFile('last\n');
      const { size, blocks, ino } = await stat(path);
      expect(size).toBe(text.length + 5);
      // A file system without holes keeps them; nothing else is allowed to.
      if (isForgotten) expect(blocks).toBeLessThan(before / 2);
      expect((await readLines(path, { inode: ino, offset: text.length })).lines).toEqual(['last']);
    } finally {
      await file.close();
    }
  });
});

describe('handing denials over', () => {
  /** Counts by host: the first at once, the rest when it is flushed. */
  function countByHost(): Counter<string, [string, number][]> {
    let counted = new Map<string, number>();
    return {
      add({ host }) {
        const known = counted.get(host);
        counted.set(host, (known ?? 0) + (known === undefined ? 0 : 1));
        return known === undefined ? [`${host} 1`] : [];
      },
      flush() {
        const out = [...counted].filter(([, count]) => count > 0).map(([host, count]) => `${host} ${count}`);
        if (out.length > 0) counted = new Map([...counted.keys()].map((host) => [host, 0]));
        return out;
      },
      save: () => [...counted],
      restore: (saved) => {
        counted = new Map(saved);
      },
      parse: { counted: (value) => value as [string, number][], event: String },
    };
  }

  it('counts each denial once, wherever the reader dies', async () => {
    const folder = await temporaryFolder();
    const logFile = join(folder, 'log');
    /** As a registry stores them: by boot and number. */
    const stored = new Map<string, string>();
    let stepsLeft = 0;
    const openOne = () =>
      openFollower({
        logFile,
        journalFile: join(folder, 'journal'),
        newBootId: () => 'boot',
        counter: countByHost(),
        handOver: async (bootId, { firstSeq, events }) => {
          if (stepsLeft-- <= 0) throw new Error('killed before it was handed over');
          for (const [index, event] of events.entries()) stored.set(`${bootId} ${firstSeq + index}`, event);
          if (stepsLeft-- <= 0) throw new Error('killed after it was handed over');
        },
        onDenial: () => undefined,
        clock: () => NOW_MS,
        log: recordedLog().log,
      });
    let written = 0;
    for (let round = 0; round < 30; round++) {
      await appendFile(logFile, `${line({ host: `h${round % 3}.example` })}\n`.repeat(round));
      written += round;
      stepsLeft = round % 4;
      // Each round is a process of its own, and most die on the way.
      await openOne()
        .then((follower) => follower.read())
        .catch(() => undefined);
    }
    stepsLeft = 1000;
    await (await openOne()).read();
    const total = [...stored.values()].reduce((sum, event) => sum + Number(event.split(' ')[1]), 0);
    expect(total).toBe(written);
  });
});
