import { isAbsolute, join, relative, resolve } from 'node:path';
import { AegisError } from '../../errors.ts';
import { agentFolder } from '../agent-folders.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { readKeys } from '../keys-file.ts';
import { trustPinned } from '../pinned-keys.ts';
import { openRegistry, type Registry, registryOptions } from '../registry.ts';
import type { WithKeys } from './fetch-skill.ts';
import { clearStages, type Home, recover } from './journal.ts';
import { LOCK_NAME, type LockFile, readLock } from './lock-file.ts';

/** Options of every command about installed skills. */
export const placeOptions = {
  dir: { type: 'string', value: 'DIR', text: 'Folder of skills; a skill lies in DIR/NAME (default: skills)' },
  agent: { type: 'string', value: 'NAME', text: 'The folder that this agent reads: claude-code, codex, cursor …' },
  user: { type: 'boolean', text: 'With --agent: the folder of the user, not of the project' },
  lock: {
    type: 'string',
    value: 'FILE',
    text: `Lock file (default: ${LOCK_NAME} here, or in DIR when that lies elsewhere)`,
  },
} as const;

/** Options of those that also ask a registry. */
export const askOptions = {
  keys: { type: 'string', value: 'FILE', text: 'Public keys of the registry (keys.json), instead of the pinned ones' },
  ...registryOptions,
} as const;

type PlaceRun = Pick<Run<typeof placeOptions>, 'io' | 'values'>;

/** The skills of one lock file, after whatever an earlier command left behind has been put right. */
export interface Installed extends Home {
  lock: LockFile | null;
  /** Folder that was named, as the lock spells it; null when none was. */
  asked: string | null;
  /** True when the folders lie where the lock cannot spell them, so that each command names one. */
  isElsewhere: boolean;
}

/** Finds lock and folder, recovers, and reads the lock. @throws AegisError USAGE, STATE_CONFLICT */
export async function openInstalled({ io, values }: PlaceRun): Promise<Installed> {
  const folder = askedFolder(io, values);
  const lockPath =
    values.lock === undefined ? defaultLock(io.cwd, folder, values.user === true) : resolve(io.cwd, values.lock);
  const lockFolder = resolve(lockPath, '..');
  const isElsewhere = folder !== null && !isInside(lockFolder, folder);
  const home = isElsewhere && folder !== null ? folder : lockFolder;
  const asked = folder === null ? null : relative(home, folder).replaceAll('\\', '/') || '.';
  await recover({ home, lockPath }, io.wait);
  const lock = await readLock(lockPath);
  const installed = { home, lockPath, lock, asked, isElsewhere };
  clearStages(dirsOf(installed).map((dir) => join(home, dir)));
  return installed;
}

/** Every folder of skills that is known here. */
function dirsOf({ lock, asked, isElsewhere }: Installed): string[] {
  const locked = isElsewhere ? [] : (lock?.skills ?? []).flatMap(({ dirs }) => dirs);
  return [...new Set([...locked, ...(asked === null ? [] : [asked])])];
}

function askedFolder(io: Io, values: PlaceRun['values']): string | null {
  if (values.dir !== undefined && values.agent !== undefined)
    throw new AegisError('USAGE', { detail: 'Found --dir and --agent. Wanted one of them: both name the folder.' });
  if (values.user === true && values.agent === undefined)
    throw new AegisError('USAGE', { detail: '--user needs --agent NAME: whose folder of the user is meant?' });
  if (values.dir !== undefined) return resolve(io.cwd, values.dir);
  return values.agent === undefined ? null : agentFolder(values.agent, io, values.user === true);
}

function defaultLock(cwd: string, folder: string | null, user: boolean): string {
  return join(folder !== null && (user || !isInside(cwd, folder)) ? folder : cwd, LOCK_NAME);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way);
}

/** The registry, and the keys that its approvals are checked with: of --keys, else pinned, else (with a warning) its own. */
export async function openTrusted(run: Run<typeof askOptions>): Promise<Registry & { withKeys: WithKeys }> {
  const { io, values, warn } = run;
  const registry = await openRegistry(io, values.registry, warn);
  const given = values.keys === undefined ? null : await readKeys(resolve(io.cwd, values.keys));
  const trust = trustPinned(run, registry);
  const withKeys: WithKeys = async (check) => (given === null ? (await trust(check)).checked : await check(given));
  return { ...registry, withKeys };
}
