import { AegisError } from '../errors.ts';
import { type Command, EXIT_CODES, nearest } from './command.ts';
import { errorPage } from './error-page.ts';
import type { Io } from './io.ts';
import { ownVersion } from './own-version.ts';
import { showError } from './show-error.ts';
import { columns, paintFor } from './terminal.ts';

interface Entry {
  group: string;
  summary: string;
  /** Loaded only when it runs, so that no command waits for the others. */
  load(): Promise<Command>;
}

const WRITE = 'Write a skill';
const PUBLISH = 'Publish it';
const USE = 'Use skills';

/** Every command, in the order in which somebody meets them. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  init: {
    group: WRITE,
    summary: 'Make a new skill that validates, tests and builds',
    load: async () => (await import('./init.ts')).init,
  },
  import: {
    group: WRITE,
    summary: 'Draft manifest.yaml for Agent Skills folders',
    load: async () => (await import('./import/import.ts')).importSkills,
  },
  validate: {
    group: WRITE,
    summary: 'Check manifest and tools as the registry does',
    load: async () => (await import('./validate.ts')).validate,
  },
  dev: {
    group: WRITE,
    summary: 'Run a tool with its permissions enforced',
    load: async () => (await import('./dev.ts')).dev,
  },
  test: {
    group: WRITE,
    summary: 'Run tests/*.cases.yaml with permissions enforced',
    load: async () => (await import('./test.ts')).test,
  },
  build: {
    group: WRITE,
    summary: 'Make dist/<name>-<version>.tar.gz',
    load: async () => (await import('./build.ts')).build,
  },
  scan: {
    group: WRITE,
    summary: 'Show what the code can do, as the registry sees it',
    load: async () => (await import('./scan.ts')).scan,
  },
  login: {
    group: PUBLISH,
    summary: 'Sign in to a registry and pin its keys',
    load: async () => (await import('./login.ts')).login,
  },
  logout: {
    group: PUBLISH,
    summary: 'Revoke the key of this machine and forget it',
    load: async () => (await import('./logout.ts')).logout,
  },
  whoami: { group: PUBLISH, summary: 'Show who you are there', load: async () => (await import('./whoami.ts')).whoami },
  rotate: {
    group: PUBLISH,
    summary: 'Give the stored API key a new secret',
    load: async () => (await import('./rotate.ts')).rotate,
  },
  publish: {
    group: PUBLISH,
    summary: 'Send a skill to the registry for review',
    load: async () => (await import('./publish.ts')).publish,
  },
  status: {
    group: PUBLISH,
    summary: 'Show where a version stands and what to change',
    load: async () => (await import('./status.ts')).status,
  },
  install: {
    group: USE,
    summary: 'Install skills after checking digest and approval',
    load: async () => (await import('./installed/install.ts')).install,
  },
  list: {
    group: USE,
    summary: 'Show what is installed, and whether it was changed',
    load: async () => (await import('./installed/list.ts')).list,
  },
  outdated: {
    group: USE,
    summary: 'Show newer versions with their permission diff',
    load: async () => (await import('./installed/outdated.ts')).outdated,
  },
  upgrade: {
    group: USE,
    summary: 'Go to the latest approved versions in one step',
    load: async () => (await import('./installed/upgrade.ts')).upgrade,
  },
  remove: {
    group: USE,
    summary: 'Remove installed skills',
    load: async () => (await import('./installed/remove.ts')).remove,
  },
  verify: {
    group: USE,
    summary: 'Check a package against its signed approval',
    load: async () => (await import('./verify.ts')).verify,
  },
  audit: {
    group: USE,
    summary: 'Check an export of the audit log without a network',
    load: async () => (await import('./audit.ts')).audit,
  },
};

/** The program `aegis`: runs one command and returns its exit code. Never throws. @example await main(['scan', '.'], io) */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const page = await errorPage(error, argv, io);
    return showError(error, io, { json: argv.includes('--json'), page });
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) {
    io.stdout(overview(io));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v' || name === 'version') {
    io.stdout(`${ownVersion()}\n`);
    return 0;
  }
  if (name === 'help') return (await find(args[0] ?? '')).start(['--help'], io);
  return (await find(name)).start(args, io);
}

function find(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry !== undefined) return entry.load();
  const near = nearest(name, Object.keys(COMMANDS));
  throw new AegisError('USAGE', {
    detail: `aegis has no command “${name}”.${near === null ? '' : ` Did you mean aegis ${near}?`} All commands: aegis --help`,
  });
}

function overview(io: Io): string {
  const paint = paintFor(io, 'stdout');
  const groups = [WRITE, PUBLISH, USE].map((group) => {
    const rows = Object.entries(COMMANDS).filter(([, entry]) => entry.group === group);
    return `${paint('bold', group)}\n${columns(
      rows.map(([name, { summary }]) => [name, summary]),
      '  ',
    )}`;
  });
  const environment = [
    ['AEGIS_REGISTRY', 'Address of the registry, instead of the one of the last login'],
    ['AEGIS_TOKEN', 'API key, instead of the stored one'],
    ['HTTPS_PROXY, NO_PROXY', 'Proxy to the registry, and what needs none (loopback never does)'],
    ['AEGIS_CA_FILE', 'PEM file with a CA of your own, trusted beside the public ones'],
    ['AEGIS_ID_TOKEN', 'OIDC token of a CI job, to publish without a key; GitHub Actions is asked by itself'],
    ['AEGIS_KEYCHAIN', 'off: keep tokens in a file of mode 0600, not in the keychain'],
    ['NO_COLOR', 'Anything: no colours'],
  ];
  return [
    `aegis ${ownVersion()}: write, check, publish and install skills for AI agents\n`,
    `${paint('bold', 'Usage')}\n  aegis COMMAND [options]\n  aegis COMMAND --help\n`,
    ...groups,
    `${paint('bold', 'Environment')}\n${columns(environment, '  ')}`,
    `${paint('bold', 'Exit codes')}\n${columns(
      EXIT_CODES.map(([code, text]) => [String(code), text]),
      '  ',
    )}`,
    `${paint('bold', 'First steps')}\n  aegis init my-skill && cd my-skill && aegis test && aegis build\n`,
  ].join('\n');
}
