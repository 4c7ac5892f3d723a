import { isAbsolute, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AegisError } from '@aegis/skill-sdk/errors';
import { ROOT } from './root.ts';

export interface StartOptions {
  port: number;
  stateDir: string;
  /** False: an empty registry, and a link that makes its first admin. */
  demo: boolean;
  /** Where the accounts are written down for scripts; null: nowhere. */
  credentials: string | null;
  help: boolean;
}

export const START_USAGE = `npm start -- [options]

  --port N            port on this machine (default 8788; 0: any that is free)
  --state DIR         where everything is kept (default .aegis/state)
  --no-demo           an empty registry; prints a link that makes the first admin
  --credentials FILE  writes address, accounts and API keys there, readable by you alone
`;

const PORT_DEFAULT = 8788;

/** The options of `npm start`. USAGE names what is wrong with them. Relative paths count from where npm was called. */
export function parseStartOptions(args: readonly string[], calledFrom = process.env.INIT_CWD ?? ROOT): StartOptions {
  const values = parse(args);
  const port = Number(values.port ?? PORT_DEFAULT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || values.port === '') {
    throw new AegisError('USAGE', { detail: `--port ${values.port} is no port; wanted a number from 0 to 65535.` });
  }
  const at = (path: string) => (isAbsolute(path) ? path : resolve(calledFrom, path));
  return {
    port,
    stateDir: values.state === undefined ? join(ROOT, '.aegis', 'state') : at(values.state),
    demo: values.demo ?? true,
    credentials: values.credentials === undefined ? null : at(values.credentials),
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        state: { type: 'string' },
        demo: { type: 'boolean' },
        credentials: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowNegative: true,
    }).values;
  } catch (cause) {
    const found = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new AegisError('USAGE', { detail: `${found}.\n\n${START_USAGE}`, cause });
  }
}
