import { isAbsolute, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AegisError } from '@aegis/skill-sdk/errors';
import { backUp, restore } from './backup-state.ts';
import { ROOT } from './root.ts';
import { untilStopped } from './until-stopped.ts';

const USAGE = `npm run backup -- --to DIR [--state DIR]      copy a state folder that is not running
npm run backup -- --from DIR [--state DIR]    make a state folder from a backup

  --to DIR      where the backup goes; must not be there yet
  --from DIR    a backup
  --state DIR   the state folder (default .aegis/state); with --from it must not be there yet

A backup holds the database, the packages and the private keys: keep it as you keep keys.
`;

await untilStopped(async () => {
  const { to, from, state, help } = parse(process.argv.slice(2));
  const at = (path: string) => (isAbsolute(path) ? path : resolve(process.env.INIT_CWD ?? ROOT, path));
  const stateDir = state === undefined ? join(ROOT, '.aegis', 'state') : at(state);
  if (help === true) process.stdout.write(USAGE);
  else if (to !== undefined && from === undefined) {
    backUp(stateDir, at(to), new Date());
    process.stdout.write(`${stateDir} is copied to ${at(to)}, with its private keys: keep it as you keep keys.\n`);
  } else if (from !== undefined && to === undefined) {
    const made = await restore(at(from), stateDir);
    process.stdout.write(`${stateDir} is as it was at ${made}. Start it: npm start -- --state ${stateDir}\n`);
  } else throw new AegisError('USAGE', { detail: `Wanted either --to or --from.\n\n${USAGE}` });
  return 'ended';
});

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, options: { to: text, from: text, state: text, help: { type: 'boolean', short: 'h' } } })
      .values;
  } catch (cause) {
    const found = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new AegisError('USAGE', { detail: `${found}.\n\n${USAGE}`, cause });
  }
}
