import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AegisError } from '../errors.ts';
import { KeySet } from '../wire/clusters.ts';
import { Instant } from '../wire/common.ts';
import type { Io } from './io.ts';

const StoredRegistry = z.object({
  /** Left out when the keychain has it. */
  token: z.string().optional(),
  /** Which keychain of this machine has the token. */
  keychain: z.enum(['secret-service', 'macos']).optional(),
  /** True when the key was made for this machine, by device flow: signing out revokes it. */
  device: z.boolean().optional(),
  /** Pinned at login: approvals are checked with these, not with what the registry says later. */
  keys: KeySet,
  /** Who the token belongs to, for people. */
  name: z.string(),
  loggedInAt: Instant,
});
export type StoredRegistry = z.infer<typeof StoredRegistry>;

/** `credentials.json`: one entry per registry address, and which one a command means by default. */
const Credentials = z.object({
  v: z.literal(1),
  current: z.string().nullable(),
  registries: z.record(z.string(), StoredRegistry),
});
export type Credentials = z.infer<typeof Credentials>;

export function credentialsPath({ env, home }: Io): string {
  const base = (env.XDG_CONFIG_HOME ?? '') === '' ? join(home, '.config') : (env.XDG_CONFIG_HOME ?? '');
  return join(base, 'aegis', 'credentials.json');
}

/** What is stored; empty when nobody has signed in. @throws AegisError USAGE when the file is not ours or open to others */
export async function readCredentials(io: Io): Promise<Credentials> {
  const path = credentialsPath(io);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return { v: 1, current: null, registries: {} };
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new AegisError('USAGE', {
      detail: `${path} can be read by other users (mode ${(mode & 0o777).toString(8)}), so it is not used. Close it: chmod 600 ${path}`,
    });
  }
  const parsed = Credentials.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AegisError('USAGE', { detail: `${path} is damaged. Remove it and sign in again: aegis login` });
}

/** Replaces the file as a whole, mode 0600. */
export async function writeCredentials(io: Io, credentials: Credentials): Promise<void> {
  const path = credentialsPath(io);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  await writeFile(part, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  // The mode of writeFile counts only for a new file.
  await chmod(part, 0o600);
  await rename(part, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says that the file is damaged.
    return null;
  }
}
