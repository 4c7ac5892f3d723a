import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import { type Account, readDemoState, writeCredentials } from './accounts.ts';
import { startAgent } from './agent.ts';
import { buildDashboard } from './bundle.ts';
import { loadDemo } from './demo.ts';
import { openLog } from './log-file.ts';
import { readMigrations } from './migrate.ts';
import { requireFreePort } from './port.ts';
import { step } from './progress.ts';
import { appVersion, ROOT } from './root.ts';
import { takeForSoleUse } from './sole-use.ts';
import { type Stack, startStack } from './stack.ts';
import { parseStartOptions, START_USAGE, type StartOptions } from './start-options.ts';
import { makeWritable, moveAside, openStateFolder, sealStateFolder } from './state-folder.ts';
import { threeThings } from './three-things.ts';
import { type Life, untilStopped } from './until-stopped.ts';

await untilStopped(async (life) => {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(START_USAGE);
    return 'ended';
  }
  await bringUp(options, life);
  return 'running';
});

async function bringUp(options: StartOptions, life: Life): Promise<void> {
  const { stateDir } = options;
  process.stdout.write(`Aegis ${appVersion()}\n`);
  if (options.port !== 0) await requireFreePort(options.port);
  if (options.credentials !== null) requireWritableFile(options.credentials);
  const { seal } = openState(stateDir, life);
  await step(
    'Build the dashboard',
    () => buildDashboard(life.signal),
    (built) => (built ? 'Dashboard built' : 'Dashboard unchanged'),
  );
  life.signal.throwIfAborted();
  const log = openLog(join(stateDir, 'logs', 'aegis.log'));
  const demo = isForDemo(options);
  const stack = await step('Start registry and dashboard', () =>
    startStack({ port: options.port, stateDir, log, demo }),
  );
  life.onEnd(stack.stop);
  seal();
  life.signal.throwIfAborted();
  const accounts = await populate(options, stack, life);
  if (options.credentials !== null) {
    writeCredentials(options.credentials, { url: stack.url, stateDir, accounts });
  }
  process.stdout.write(await closingText(stack, options, accounts));
}

/** Before minutes of work are done for a file that cannot be written in the end. */
function requireWritableFile(path: string): void {
  makeWritable(dirname(path), '--credentials FILE');
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new AegisError('USAGE', { detail: `${path} is a folder; wanted a file: npm start -- --credentials FILE` });
}

/** Opens the state folder for this process alone; a first start that was cut off is put aside, and this one begins anew. */
function openState(stateDir: string, life: Life): { seal: () => void } {
  const known = { migrations: readMigrations(join(ROOT, 'migrations')).map(({ name }) => name), app: appVersion() };
  makeWritable(stateDir, '--state DIR');
  let release = takeForSoleUse(stateDir);
  life.onEnd(() => release());
  if (readDemoState(stateDir)?.state === 'loading') {
    const aside = moveAside(stateDir, new Date());
    process.stdout.write(`  ! The first start was cut off; what it left is now in ${aside}\n`);
    mkdirSync(stateDir, { mode: 0o700 });
    release = takeForSoleUse(stateDir);
  }
  const backup = openStateFolder(stateDir, known, new Date());
  if (backup !== null) {
    process.stdout.write(`  ! ${stateDir} is of an older Aegis; before it is migrated, it was copied to ${backup}\n`);
  }
  return { seal: () => sealStateFolder(stateDir, known) };
}

/** True when the people of this registry are, or are about to be, the made-up ones. Real people get no exception. */
function isForDemo({ demo, stateDir }: StartOptions): boolean {
  return readDemoState(stateDir) !== null || (demo && !existsSync(join(stateDir, 'resources')));
}

/** Demo data for a registry without people, and the local cluster agent whenever there is a demo. */
async function populate(options: StartOptions, stack: Stack, life: Life): Promise<Account[]> {
  const { stateDir } = options;
  const startLocalAgent = (joinToken: string | null): void => {
    const agent = startAgent({ registry: stack.url, stateDir, joinToken });
    life.onEnd(agent.stop);
    agent.ended.then((code) => {
      if (life.signal.aborted) return;
      const log = join(stateDir, 'logs', 'cluster-agent.log');
      process.stderr.write(`The local cluster agent ended (exit ${code}); ${log} says why.\n`);
    });
  };
  const known = readDemoState(stateDir);
  if (known?.state === 'loaded') {
    startLocalAgent(null);
    return known.accounts;
  }
  if (!options.demo) return [];
  if (!(await awaitsFirstAdmin(stack))) {
    process.stdout.write('  ! This state folder has people of its own, so no demo data is loaded into it.\n');
    return [];
  }
  return await step('Load the demo data', () =>
    loadDemo({ stack, stateDir, startAgent: startLocalAgent, signal: life.signal }),
  );
}

async function closingText(stack: Stack, options: StartOptions, accounts: readonly Account[]): Promise<string> {
  const end = `\n  Stop with Ctrl-C. Everything is kept in ${options.stateDir}\n`;
  if (accounts.length === 0) {
    const isOpen = await awaitsFirstAdmin(stack);
    const link = `${stack.url}/setup?token=${stack.secrets.setupToken}`;
    return `\nAegis is at ${stack.url}\n${isOpen ? `\n  Make the first platform admin (this link works once):\n    ${link}\n` : ''}${end}`;
  }
  const rows = accounts.map(
    ({ tenant, role, email, password }) =>
      `    ${(tenant ?? 'platform').padEnd(9)} ${role.padEnd(9)} ${email.padEnd(28)} ${password}`,
  );
  const bin = join(ROOT, 'node_modules', '.bin');
  const things = await threeThings({ url: stack.url, stateDir: options.stateDir, bin, accounts });
  return `
Aegis is at ${stack.url}

  Demo accounts. Their passwords are in the open, and those of the platform need no second factor: in this demo only.
${rows.join('\n')}
${things}${end}`;
}

/** Asks as the set-up page does, with a password that is refused: so nothing is made by asking. */
async function awaitsFirstAdmin(stack: Stack): Promise<boolean> {
  const client = createClient({ url: stack.url });
  const ask = { token: stack.secrets.setupToken, email: 'nobody@aegis.example', name: 'nobody', password: '' };
  const answer = await client.setup(ask).catch((error: unknown) => error);
  return answer instanceof AegisError && answer.code === 'VALIDATION_FAILED';
}
