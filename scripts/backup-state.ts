import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';
import type { Database } from './migrate.ts';
import { appVersion } from './root.ts';
import { takeForSoleUse } from './sole-use.ts';
import { startStack } from './stack.ts';

/** `backup.json`: what makes a folder a backup, and of when. */
const Label = z.object({ v: z.literal(1), at: z.string(), app: z.string() });
const LABEL = 'backup.json';
/** Of the process that had the folder, or of no use in another place. */
const LEFT_OUT = new Set(['lock', 'logs']);

/**
 * Clusters follow nothing that is older than what they adopted: a higher epoch tells them that the database was restored.
 * Seconds since 1970 rise also when the same backup is restored twice.
 */
export const RAISE_EPOCH = `UPDATE registry_meta SET value = max(CAST(value AS INTEGER) + 1, unixepoch()) WHERE key = 'epoch'`;

/** Copies a state folder that nobody uses: database, packages, keys. USAGE when it is in use, or the target is there. */
export function backUp(stateDir: string, target: string, now: Date): void {
  if (!existsSync(join(stateDir, 'version.json'))) {
    throw new AegisError('USAGE', {
      detail: `${stateDir} is no state folder of Aegis; wanted one that npm start made.`,
    });
  }
  requireEmpty(target, '--to');
  const release = takeForSoleUse(stateDir);
  try {
    copyWhole(stateDir, target, { [LABEL]: { v: 1, at: now.toISOString(), app: appVersion() } });
  } finally {
    release();
  }
}

/** Makes a state folder from a backup and raises its epoch. Returns when the backup was made. USAGE as above. */
export async function restore(backup: string, stateDir: string): Promise<string> {
  const label = Label.safeParse(readJson(join(backup, LABEL)));
  if (!label.success) {
    throw new AegisError('USAGE', {
      detail: `${backup} is no backup: it has no ${LABEL} that can be read. Wanted a folder that npm run backup -- --to made.`,
    });
  }
  requireEmpty(stateDir, '--state');
  const part = `${stateDir}.part`;
  rmSync(part, { recursive: true, force: true });
  copyWhole(backup, part, {});
  rmSync(join(part, LABEL));
  const stack = await startStack({ stateDir: part, dashboard: false });
  try {
    const { DB } = (await stack.bindings()) as { DB: Database };
    await DB.prepare(RAISE_EPOCH).run();
  } finally {
    await stack.stop();
  }
  renameSync(part, stateDir);
  return label.data.at;
}

function requireEmpty(folder: string, option: string): void {
  if (!existsSync(folder)) return;
  if (readdirSync(folder).length === 0) {
    rmSync(folder, { recursive: true });
    return;
  }
  throw new AegisError('USAGE', {
    detail: `${folder} is there and holds something; nothing is written over. Choose another folder: ${option} DIR`,
  });
}

/** Under its name there is the whole copy or nothing. */
function copyWhole(from: string, to: string, more: Record<string, unknown>): void {
  const part = `${to}.copying`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  try {
    cpSync(from, part, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !LEFT_OUT.has(path.slice(from.length + 1)),
    });
    // Keys and everybody's packages lie in it.
    chmodSync(part, 0o700);
    for (const [name, value] of Object.entries(more)) writeFileSync(join(part, name), `${JSON.stringify(value)}\n`);
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The caller says what was wanted.
    return null;
  }
}
