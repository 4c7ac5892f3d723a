import { describe, expect, it } from 'vitest';
import { NO_PERMISSIONS, type PermissionBlock } from '../permissions.ts';
import type { CapabilityEvent } from '../wire/reports.ts';
import { compareRun, dryRunDigest, findingsOf } from './compare.ts';

const PERMISSIONS: PermissionBlock = {
  ...NO_PERMISSIONS,
  network: [{ host: 'api.example.com', ports: [443], protocol: 'tls' }],
  files: { read: ['data/**'], write: ['out/**'] },
  environment: { required: ['API_KEY'], optional: [] },
};
const event = (kind: CapabilityEvent['kind'], value: string, more: Partial<CapabilityEvent> = {}): CapabilityEvent => ({
  source: 'observed',
  kind,
  values: [value],
  complete: true,
  confidence: 'high',
  ...more,
});
const compare = (observed: CapabilityEvent[], expected: CapabilityEvent[] | null = []) =>
  compareRun({ permissions: PERMISSIONS, own: new Set(['act.mjs', 'lib']), expected, observed });
const values = (events: CapabilityEvent[]) => events.map(({ kind, values: [value] }) => `${kind} ${value}`);

describe('declared × static × observed (A160)', () => {
  it.each([
    [event('net', 'api.example.com:443'), true],
    [event('net', 'api.example.com:53'), true],
    [event('net', 'api.example.com:80'), false],
    [event('net', '203.0.113.7:443'), false],
    [event('fs.read', 'data/a/b'), true],
    [event('fs.read', 'act.mjs'), true],
    [event('fs.write', 'act.mjs'), false],
    [event('fs.read', '/etc/passwd'), false],
    [event('fs.write', 'out/x'), true],
    [event('env', 'API_KEY'), true],
    [event('env', 'AWS_SECRET_ACCESS_KEY'), false],
    [event('exec', '/bin/sh -c id'), false],
  ])('%j is declared: %s', (observed, isDeclared) => {
    expect(compare([observed]).undeclared).toEqual(isDeclared ? [] : [observed]);
  });

  it('tells what is declared and was not foreseen, unless the analysis said that it cannot know', () => {
    const observed = [
      event('net', 'api.example.com:443'),
      event('net', 'api.example.com:53'),
      event('fs.write', 'out/x'),
    ];
    expect(values(compare(observed).unpredicted)).toEqual(values(observed));
    const foreseen = [event('net', 'api.example.com:443'), event('fs.write', 'out/…')];
    expect(compare(observed, foreseen).unpredicted).toEqual([]);
    const open = [
      event('net', '', { values: [], complete: false }),
      event('fs.write', '', { values: [], complete: false }),
    ];
    expect(compare(observed, open).unpredicted).toEqual([]);
    expect(compare(observed, null).unpredicted).toEqual([]);
  });

  it('tells what is declared and was not done', () => {
    expect(compare([event('net', 'api.example.com:443')]).unused).toEqual(['files.read data/**', 'files.write out/**']);
    expect(compare([]).unused).toContain('network api.example.com:443');
  });

  it('makes a finding of each violation once, and a critical one of bait that left', async () => {
    const { undeclared } = compare([event('net', 'evil.example:443'), event('fs.read', '~/.ssh/id_ed25519')]);
    const alarms = [
      { token: 'the SSH key', use: 'sent' as const, where: 'evil.example:443' },
      { token: '~/.ssh/id_ed25519', use: 'read' as const, where: '~/.ssh/id_ed25519' },
    ];
    const findings = await findingsOf(
      { undeclared: [...undeclared, ...undeclared], unpredicted: [], unused: [] },
      alarms,
      'act',
    );
    expect(findings.map(({ ruleId, severity }) => `${severity} ${ruleId}`)).toEqual([
      'critical observed-credential-theft',
      'critical observed-network',
      'critical observed-files',
    ]);
    expect(findings[2]?.message).toContain('SSH keys');
    expect(new Set(findings.map(({ id }) => id)).size).toBe(3);
  });
});

describe('the digest of a result', () => {
  const monitor = { mode: 'strace', complete: true, tampered: false, truncated: false, lines: 7, reasons: [] };
  const fileAccess = [{ path: 'a', modes: ['read'], ok: true, declared: true, count: 2 }];
  const result = {
    v: 1,
    verdict: 'pass',
    output: { a: 1 },
    monitor,
    fileAccess,
    networkCalls: [],
  } as unknown as Parameters<typeof dryRunDigest>[0];
  it('does not depend on how fast the machine was, and on everything else', async () => {
    const digest = await dryRunDigest(result);
    expect(
      await dryRunDigest({ ...result, executionTime: 7, cpuMs: 3, memoryUsage: 9, timeline: [], signature: 'x' }),
    ).toBe(digest);
    const again = fileAccess.map((access) => ({ ...access, count: 3 }));
    expect(
      await dryRunDigest({ ...result, fileAccess: again, monitor: { ...monitor, lines: 9 } } as typeof result),
    ).toBe(digest);
    const more = [...fileAccess, { ...fileAccess[0], path: 'b' }];
    expect(await dryRunDigest({ ...result, fileAccess: more } as typeof result)).not.toBe(digest);
    expect(await dryRunDigest({ ...result, verdict: 'limit' })).not.toBe(digest);
  });
});
