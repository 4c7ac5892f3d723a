import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseDeployOptions } from './deploy-options.ts';
import { deploy } from './deployment.ts';
import { ROOT } from './root.ts';
import { openWrangler } from './wrangler.ts';

interface Cloud {
  accounts: string[];
  databases: string[];
  buckets: string[];
  queues: string[];
  projects: string[];
  secrets: string[];
  calls: { line: string; stdin: string; cwd: string }[];
  fail: string | null;
  config?: string;
  dashboardConfig?: string;
}
const EMPTY: Cloud = {
  accounts: ['a1'],
  databases: [],
  buckets: [],
  queues: [],
  projects: [],
  secrets: [],
  calls: [],
  fail: null,
};

/** A cloud that is kept in a file, and a machine that deploys to it. */
async function world(more: Partial<Cloud> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-deploy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'cloud.json');
  const read = (): Cloud => JSON.parse(readFileSync(file, 'utf8'));
  const change = (next: Partial<Cloud>) => writeFileSync(file, JSON.stringify({ ...read(), ...next }));
  writeFileSync(file, JSON.stringify({ ...EMPTY, ...more }));
  let isUp = true;
  const server = createServer((_request, response) => {
    response.writeHead(isUp ? 200 : 503, { 'content-type': 'application/json' }).end('{"status":"ok","wire":"1.0"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const kept = join(folder, 'kept');
  const runBare = async (...args: string[]): Promise<string> => {
    change({ calls: [] });
    printed = '';
    const command = [process.execPath, join(ROOT, 'scripts', 'testing', 'fake-wrangler.mjs')];
    const wrangler = openWrangler({ command, environment: { PATH: process.env.PATH, FAKE_WRANGLER: file } });
    await deploy({
      options: parseDeployOptions(args),
      wrangler,
      folder: kept,
      build: async () => 'small',
      print: (text) => {
        printed += text;
      },
      wait: async () => undefined,
    });
    return printed;
  };
  const run = (...args: string[]) => runBare('--origin', origin, ...args);
  const lines = () => read().calls.map(({ line }) => line.replace(kept, 'KEPT'));
  return {
    run,
    runBare,
    read,
    change,
    lines,
    kept,
    origin,
    down: () => {
      isUp = false;
    },
    printed: () => printed,
  };
}

/** What went wrong, in words. */
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it went well',
    (error: Error) => error.message,
  );

describe('npm run deploy', () => {
  it('makes everything in an empty account, migrates, deploys, and prints the link of the first admin', async () => {
    const { run, read, lines, kept, origin } = await world();
    const printed = await run();
    expect(lines()).toEqual([
      'whoami --json',
      'd1 list --json',
      'd1 create aegis',
      'd1 list --json',
      'r2 bucket info aegis-artifacts --json',
      'r2 bucket create aegis-artifacts',
      'queues info aegis-analyses',
      'queues create aegis-analyses',
      'queues info aegis-analyses-dead',
      'queues create aegis-analyses-dead',
      'pages project list --json',
      'pages project create aegis-dashboard --production-branch main',
      'pages project list --json',
      'd1 time-travel info aegis --json',
      'd1 migrations apply aegis --remote --config KEPT/wrangler.toml',
      'deploy --minify --config KEPT/wrangler.toml',
      'secret list --format json --name aegis',
      'secret bulk --name aegis',
      'pages deploy --project-name aegis-dashboard --branch main --commit-dirty=true',
    ]);
    const { config, dashboardConfig, calls } = read();
    expect(config).toContain('database_id = "uuid-of-aegis"');
    expect(config).toContain(`APP_ORIGIN = "${origin}"`);
    expect(dashboardConfig).toContain('service = "aegis"');
    const token = /setup\?token=(\S+)/.exec(printed)?.[1] ?? '';
    const sent = JSON.parse(calls.find(({ line }) => line.startsWith('secret bulk'))?.stdin ?? '{}');
    expect(sent.SETUP_TOKEN_HASH).toBe(createHash('sha256').update(token).digest('hex'));
    expect(Object.keys(sent)).toEqual(['AUTH_SECRET', 'SIGNING_KEYS', 'SETUP_TOKEN_HASH']);
    expect(statSync(join(kept, 'secrets.json')).mode & 0o777).toBe(0o600);
    // Neither keys nor their hashes stand in an argument, the configuration or the output; the link alone is shown.
    const { d } = JSON.parse(sent.SIGNING_KEYS).approval.privateJwk;
    const open = [printed, config, dashboardConfig, ...lines()].join('\n');
    for (const secret of [sent.AUTH_SECRET, sent.SETUP_TOKEN_HASH, d]) expect(open).not.toContain(secret);
  });

  it('once more makes nothing twice and changes no key', async () => {
    const { run, read, lines } = await world();
    const first = await run();
    const { secrets } = read();
    const second = await run();
    expect(lines().filter((line) => / create |secret bulk/.test(line))).toEqual([]);
    expect(lines()).toContain('deploy --minify --config KEPT/wrangler.toml');
    expect(read().secrets).toEqual(secrets);
    expect(/token=\S+/.exec(second)?.[0]).toBe(/token=\S+/.exec(first)?.[0]);
  });

  it('says at each step that fails what is so and how to go on, and goes on from there the next time', {
    timeout: 240_000,
  }, async () => {
    const { run, read, change, lines } = await world();
    const steps: [command: string, words: RegExp][] = [
      ['whoami', /^Account: Found no sign-in[\s\S]*npx wrangler login[\s\S]*Nothing was changed/],
      ['d1 list', /^Database aegis \(D1\): [\s\S]*code: 10000[\s\S]*run the same command again/],
      ['d1 create', /^Database aegis \(D1\): [\s\S]*wrangler d1 delete aegis/],
      ['r2 bucket info', /^Bucket aegis-artifacts \(R2\): [\s\S]*code: 10000/],
      ['r2 bucket create', /^Bucket aegis-artifacts \(R2\): [\s\S]*wrangler r2 bucket delete aegis-artifacts/],
      ['queues info', /^Queue aegis-analyses: [\s\S]*code: 10000/],
      [
        'queues create aegis-analyses-dead',
        /^Queue aegis-analyses-dead: [\s\S]*wrangler queues delete aegis-analyses-dead/,
      ],
      ['pages project create', /^Pages project aegis-dashboard: [\s\S]*wrangler pages project delete aegis-dashboard/],
      ['d1 time-travel', /^Migrations: [\s\S]*run the same command again/],
      ['d1 migrations', /^Migrations: [\s\S]*still runs[\s\S]*time-travel restore aegis --bookmark=bookmark-before/],
      ['deploy', /^Registry[\s\S]*still runs[\s\S]*wrangler rollback --name aegis/],
      ['secret list', /^Keys and secrets: [\s\S]*answers 503/],
      ['secret bulk', /^Keys and secrets: [\s\S]*takes the same keys from it/],
      ['pages deploy', /^Dashboard \(Pages\): [\s\S]*still the one before/],
    ];
    for (const [command, words] of steps) {
      change({ fail: command });
      expect(await failure(run()), command).toMatch(words);
      expect(lines().at(-1), command).toMatch(new RegExp(`^${command}`));
    }
    change({ fail: null });
    expect(await run()).toContain('/setup?token=');
    const { databases, buckets, queues, projects, secrets } = read();
    expect([databases, buckets, queues, projects].map((made) => made.length)).toEqual([1, 1, 2, 1]);
    expect(secrets).toHaveLength(3);
  });

  it('without --origin takes the address that Pages gave, letters added and all', async () => {
    // It fails before that address, which does not exist, would be asked.
    const { runBare, kept } = await world({ fail: 'd1 migrations' });
    await failure(runBare());
    const config = readFileSync(join(kept, 'wrangler.toml'), 'utf8');
    expect(config).toContain('APP_ORIGIN = "https://aegis-dashboard-x7q.pages.dev"');
  });

  it('chooses no account by itself', async () => {
    const { run } = await world({ accounts: ['a1', 'a2'] });
    expect(await failure(run())).toMatch(
      /found: a1 \(Account a1\), a2 \(Account a2\)\. Choose with CLOUDFLARE_ACCOUNT_ID/,
    );
  });

  it('never makes new keys for a registry that has some', async () => {
    const all = ['AUTH_SECRET', 'SIGNING_KEYS', 'SETUP_TOKEN_HASH'];
    const elsewhere = await world({ secrets: all });
    expect(await elsewhere.run()).not.toContain('token=');
    expect(elsewhere.lines().join('\n')).not.toContain('secret bulk');
    const half = await world({ secrets: ['AUTH_SECRET'] });
    expect(await failure(half.run())).toMatch(/not SIGNING_KEYS, SETUP_TOKEN_HASH; wanted all, or the file/);
    expect(half.lines().join('\n')).not.toContain('secret bulk');
  });

  it('says when everything is deployed and nothing answers', async () => {
    const { run, down } = await world();
    down();
    expect(await failure(run())).toMatch(/^The registry answers: [\s\S]*Everything is deployed/);
  });

  it('as a dry run asks wrangler nothing, and prints every step with what it would run', async () => {
    const { run, lines } = await world();
    const printed = await run('--dry-run');
    expect(lines()).toEqual([]);
    const steps = [...printed.matchAll(/^ {2}(\d+)\. /gm)].map(([, at]) => Number(at));
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(printed).toContain('wrangler d1 create aegis');
    expect(printed).not.toContain('token=');
  });

  it.each([
    [['--name', 'Acme'], '--name Acme cannot be used'],
    [['--name=-acme'], 'cannot be used'],
    [['--origin', 'skills.example.com'], '--origin skills.example.com cannot be used'],
    [['--origin', 'http://skills.example.com'], 'wanted https://'],
    [['--origin', 'https://skills.example.com/aegis'], 'cannot be used'],
    [['--frce'], 'npm run deploy -- [options]'],
  ])('called with %j says what it wants', (args, words) => {
    expect(() => parseDeployOptions(args)).toThrow(words);
  });
});
