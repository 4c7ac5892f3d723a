import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { onOddDisk } from '../../sdk/testing/odd-disk.ts';
import { openOffice } from '../../sdk/testing/office.ts';
import { main } from './main.ts';
import { seededId } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { startTestRegistry, type TestRegistry } from './testing/registry.ts';
import { signedDocument } from './testing/signed.ts';
import { makeSkill } from './testing/skill.ts';

const BIN = fileURLToPath(new URL('../bin/aegis-agent.js', import.meta.url));
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

interface Process {
  child: ChildProcess;
  ended: Promise<{ code: number | null; out: string; error: string }>;
}

/** The program as people start it, with nothing in its environment but what is given. */
function launch(args: string[], environment: Record<string, string> = {}): Process {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let error = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    error += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code, out, error })) };
}
const run = (args: string[], environment: Record<string, string> = {}) => launch(args, environment).ended;

async function world(): Promise<{ server: TestRegistry; environment: Record<string, string>; manifests: string }> {
  const server = await startTestRegistry();
  const stateDir = await temporaryFolder();
  const environment = {
    AEGIS_REGISTRY: server.url,
    AEGIS_STATE_DIR: stateDir,
    AEGIS_JOIN_TOKEN: server.joinToken,
    AEGIS_POLL_WAIT_SECONDS: '1',
  };
  return { server, environment, manifests: join(stateDir, 'manifests') };
}

describe('aegis-agent', () => {
  it('explains itself, and says its version', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('aegis-agent run-tool --tenant ID'),
    });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each<[args: string[], environment: Record<string, string>, error: string]>([
    [[], {}, 'AEGIS_REGISTRY: is not set'],
    [['run'], { AEGIS_REGISTRY: 'http://127.0.0.1:1', AEGIS_TARGET: 'swarm' }, 'AEGIS_TARGET: wants manifests'],
    [['fly'], {}, 'fly is no command'],
    [['run-tool', '--tenant', 'x'], {}, 'run-tool wants --tenant, --agent, --skill and --tool'],
    [['status', '--nonsense'], {}, '--nonsense'],
  ])('called as %j stops with one sentence and code 2', async (args, environment, error) => {
    let said = '';
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      said += chunk;
      return true;
    });
    onTestFinished(() => write.mockRestore());
    expect(await main(args, environment)).toBe(2);
    expect(said).toContain(error);
    expect(said).not.toContain('    at ');
  });

  it('says which folder it cannot use, without a stack', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const { code, error } = await run(['run'], {
      AEGIS_REGISTRY: 'http://127.0.0.1:1',
      AEGIS_STATE_DIR: join(file, 'state'),
    });
    expect(code).toBe(1);
    expect(error).toContain('Check AEGIS_STATE_DIR');
    expect(error).not.toContain('    at ');
  });

  it('without a token or a state says what to do, with code 1', async () => {
    const { environment } = await world();
    expect(await run(['--role', 'both'], environment)).toMatchObject({
      code: 2,
      error: expect.stringContaining('wants controller or gateway, found both'),
    });
    expect(await run(['status'], environment)).toMatchObject({
      code: 1,
      error: expect.stringContaining('Is AEGIS_STATE_DIR the one of the agent?'),
    });
    expect(await run(['run'], { ...environment, AEGIS_JOIN_TOKEN: '' })).toMatchObject({
      code: 2,
      error: expect.stringContaining('has not joined a registry'),
    });
    const args = [
      'run-tool',
      '--tenant',
      seededId('tenant', 1),
      '--agent',
      'assistant',
      '--skill',
      'weather',
      '--tool',
      'probe',
    ];
    expect(await run(args, environment)).toMatchObject({
      code: 1,
      error: expect.stringContaining('Start `aegis-agent run`'),
    });
  });

  it('joins with enrol, works until SIGTERM, ends with 0, and status tells about it', {
    timeout: 120_000,
  }, async () => {
    const { server, environment, manifests } = await world();
    await server.publish(await signedDocument(server.approvalKey));
    const { AEGIS_JOIN_TOKEN: _, ...rest } = environment;
    const enrolled = await run(['enrol', '--registry', server.url, '--token', server.joinToken], {
      AEGIS_STATE_DIR: rest.AEGIS_STATE_DIR ?? '',
    });
    expect(
      await run(['rotate-key'], { AEGIS_REGISTRY: server.url, AEGIS_STATE_DIR: rest.AEGIS_STATE_DIR ?? '' }),
    ).toMatchObject({
      code: 0,
      out: expect.stringContaining('the one before works until'),
    });
    expect(enrolled).toMatchObject({ code: 0, out: expect.stringContaining('This is cluster berlin (clu-') });
    const agent = launch(['run'], rest);
    await until(async () =>
      expect((await readdir(manifests, { recursive: true })).filter((name) => name.endsWith('.yaml'))).toHaveLength(3),
    );
    await until(async () =>
      expect(await run(['status'], rest)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/running since .*\n.*1\.1, adopted/),
      }),
    );
    expect(JSON.parse((await run(['status', '--json'], rest)).out)).toMatchObject({
      running: true,
      tenants: [{ state: 'written' }],
    });
    agent.child.kill('SIGTERM');
    const { code, out } = await agent.ended;
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['agent started', 'state adopted', 'agent stopped']),
    );
    expect(out).not.toContain(server.joinToken);
    expect(await run(['status'], rest)).toMatchObject({ code: 1, out: expect.stringContaining('not running') });
  });

  it('runs a tool, and what it was denied is at the registry, through spool and agent', {
    timeout: 60_000,
  }, async () => {
    const { server, environment } = await world();
    const skill = await makeSkill();
    server.blobs.set(skill.archiveDigest, skill.bytes);
    await server.publish(await signedDocument(server.approvalKey, { skill }));
    const agent = launch(['run'], environment);
    await until(() => expect(server.acks).toHaveLength(1));
    const input = JSON.stringify({ do: 'try', url: 'http://evil.example/ http://evil.example/x http://192.0.2.7/' });
    const args = [
      'run-tool',
      '--tenant',
      seededId('tenant', 1),
      '--agent',
      'assistant',
      '--skill',
      'weather',
      '--tool',
      'probe',
      '--input',
      input,
    ];
    const { code, out } = await run(args, environment);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      skill: 'weather',
      mode: 'hard',
      output: { denied: 3 },
      calls: [{ allowed: false }, { allowed: false }, { allowed: false }],
    });
    await until(() => expect(server.blocked.size).toBe(3));
    const events = [...server.blocked.values()];
    expect(events.map(({ dst, reason, count }) => [dst.host, reason, count])).toEqual([
      ['evil.example', 'not_in_allowlist', 1],
      ['192.0.2.7', 'raw_ip', 1],
      ['evil.example', 'not_in_allowlist', 1],
    ]);
    expect(events[0]).toMatchObject({
      source: 'context',
      verdict: 'denied',
      agentId: seededId('agent', 1),
      skill: { name: 'weather', version: '1.2.0' },
      dst: { hostSource: 'context' },
      policy: { revision: 7 },
    });
    const failing = await run([...args.slice(0, -1), '{"do":"throw"}'], environment);
    expect([failing.code, JSON.parse(failing.out).error]).toEqual([1, { code: null, message: 'it broke' }]);
    expect(await run([...args.slice(0, -1), '{not json'], environment)).toMatchObject({
      code: 2,
      error: expect.stringContaining('--input wants JSON'),
    });
    agent.child.kill('SIGTERM');
    expect((await agent.ended).code).toBe(0);
  });

  it('killed with SIGKILL starts again by itself on the same folder and goes on', { timeout: 120_000 }, async () => {
    const { server, environment } = await world();
    const document = await signedDocument(server.approvalKey);
    await server.publish(document);
    for (const revision of [8, 9, 10]) {
      const agent = launch(['run'], environment);
      await server.publish({ ...document, revision });
      await until(() => expect(server.acks.at(-1)?.revision).toBe(revision));
      agent.child.kill('SIGKILL');
      await agent.ended;
    }
    expect(server.requests.filter((request) => request.endsWith('/enrol'))).toHaveLength(1);
  });

  it('in an office joins, polls and reports through the proxy, also after the proxy cut the poll', {
    timeout: 120_000,
  }, async () => {
    const { server, environment } = await world();
    const document = await signedDocument(server.approvalKey);
    await server.publish(document);
    const office = await openOffice(Number(new URL(server.url).port));
    const inside = {
      ...environment,
      AEGIS_REGISTRY: office.registry,
      AEGIS_CA_FILE: office.caFile,
      HTTPS_PROXY: office.proxy,
      // Longer than this test: what arrives meanwhile came through a poll that was held.
      AEGIS_POLL_WAIT_SECONDS: '25',
    };
    const agent = launch(['run'], inside);
    const polls = () => server.requests.filter((request) => /\/state\?wait=[1-9]/.test(request)).length;
    await until(() => expect([server.acks.at(-1)?.revision, polls()]).toEqual([7, 1]));
    await server.publish({ ...document, revision: 8 });
    await until(() => expect([server.acks.at(-1)?.revision, polls()]).toEqual([8, 2]));
    office.cut();
    await server.publish({ ...document, revision: 9 });
    await until(() => expect(server.acks.at(-1)?.revision).toBe(9));
    expect(new Set(office.connects)).toEqual(new Set(['registry.example:443']));
    agent.child.kill('SIGTERM');
    expect((await agent.ended).code).toBe(0);
  });

  it('in an office that it cannot leave says why: proxy, password, CA', async () => {
    const { server, environment } = await world();
    const office = await openOffice(Number(new URL(server.url).port));
    const enrol = async (more: Record<string, string>) =>
      (await run(['enrol'], { ...environment, AEGIS_REGISTRY: office.registry, ...more })).error;
    const inside = { HTTPS_PROXY: office.proxy, AEGIS_CA_FILE: office.caFile };
    expect(await enrol({ HTTPS_PROXY: office.proxy })).toContain('name its PEM file in AEGIS_CA_FILE');
    expect(await enrol({ ...inside, AEGIS_CA_FILE: '/nowhere.pem' })).toContain('AEGIS_CA_FILE names /nowhere.pem');
    expect(await enrol({ ...inside, HTTPS_PROXY: 'socks5://x' })).toContain('HTTPS_PROXY names a proxy of the kind');
    office.refuse = () => 407;
    expect(await enrol(inside)).toContain('it wants a user and a password');
    expect(server.requests).toEqual([]);
  });

  it.each([
    [0, 'lies on a file system that is read-only. Choose another folder. Check AEGIS_STATE_DIR'],
    [4096, 'The disk is full, so a file could not be written. Make room and try again. Check AEGIS_STATE_DIR'],
  ])('with a state folder on a disk of %i bytes says so, without a stack', async (bytes, words) => {
    const { environment } = await world();
    const folder = await temporaryFolder();
    const { code, error } = await onOddDisk({ folder, bytes }, [process.execPath, BIN, 'enrol'], {
      cwd: folder,
      env: { ...environment, PATH: process.env.PATH ?? '', AEGIS_STATE_DIR: join(folder, 'state') },
    });
    expect(error).toContain(words);
    expect(error).not.toContain('    at ');
    expect(code).toBe(1);
  });
});
