// The one door of `npm start`, `npm test` and the rest. Plain JavaScript on Node's builtins, so that it loads on a
// bare clone with Node 20: it makes sure that the packages and a new enough Node are there, then hands over.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isInstalled, stampInstalled } from './installed.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
/** The first Node that leaves out TypeScript's types by itself. */
const NODE_MIN = [22, 18];

const COMMANDS = {
  start: 'bring up registry, dashboard, demo data and a local cluster agent',
  test: 'run every check and every test',
  check: 'run format, types, unused code and house rules',
  build: 'build what is shipped: sdk, dashboard, worker',
  deploy: 'put it on Cloudflare, or say how: deploy -- --dry-run',
  backup: 'copy a state folder, or put a copy back: backup -- --help',
  prove: 'run a long proof at full count: prove NAME',
  bench: 'run a measurement: bench NAME',
  reference: 'write docs/reference from the code',
  tools: 'build what a sandbox needs: gVisor, Docker Engine, root file system',
  engine: 'start a Docker Engine with gVisor of one’s own: engine [-- PROGRAM …]',
  screenshots: 'write a picture of every page to screenshots/',
};

/** What keeps every tool offline and quiet (no metrics, no update checks, no questions). */
export const TOOL_ENVIRONMENT = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_LOG_PATH: join(ROOT, '.wrangler', 'logs'),
  WRANGLER_BUILD_CONDITIONS: 'aegis-source,workerd,worker,browser',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  NO_UPDATE_NOTIFIER: '1',
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main(process.argv.slice(2));

function main([command, ...args]) {
  if (command === undefined || !Object.hasOwn(COMMANDS, command)) {
    const rows = Object.entries(COMMANDS).map(([name, summary]) => `  npm run ${name.padEnd(12)} ${summary}`);
    stop(`${command === undefined ? 'Say what to run' : `There is no “${command}”`}:\n${rows.join('\n')}`, 2);
  }
  install();
  run(newEnoughNode(), [`--conditions=aegis-source`, join(ROOT, 'scripts', `${command}.ts`), ...args]);
}

/** Installs the packages when they are missing or are not those of package-lock.json. */
function install() {
  if (isInstalled(ROOT)) return;
  const npm = process.env.npm_execpath;
  if (npm === undefined) stop('The packages are missing or older than package-lock.json. Install them: npm ci');
  process.stdout.write('Installing the packages of package-lock.json …\n');
  const done = spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, 'ci'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (done.status !== 0) {
    stop('The packages could not be installed; npm says why above. With the network back, run: npm ci');
  }
  stampInstalled(ROOT);
}

/** This Node when it is new enough, else the one that the lock file brings along. */
function newEnoughNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return process.execPath;
  const brought = join(BIN, 'node');
  if (existsSync(brought)) return brought;
  const found = `This is Node ${process.versions.node}, and Aegis needs ${NODE_MIN.join('.')} or newer.`;
  const brings = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
  if (brings)
    return stop(`${found} On this machine the packages bring one along, but it is missing: npm ci --include=optional`);
  return stop(
    `${found} For ${process.platform} on ${process.arch} the packages bring none along: install it from https://nodejs.org`,
  );
}

/** Runs the program in our place: same terminal, same signals, same end. It also ends when we are killed (IPC). */
function run(node, args) {
  const env = { ...process.env, ...TOOL_ENVIRONMENT, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(node, args, { cwd: ROOT, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function stop(sentence, code = 1) {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}
