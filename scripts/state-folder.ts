import {
  accessSync,
  constants,
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

/** `schema` is the name of the last migration that was applied. */
const Version = z.object({ schema: z.string(), app: z.string() });
type Version = z.infer<typeof Version>;

/** Names of all migrations, oldest first, and the version of the program. */
export interface Known {
  migrations: readonly string[];
  app: string;
}

/** What a folder says before its first migration: nothing in it is worth a copy. */
const NO_SCHEMA = '';

const REASONS: Record<string, string> = {
  EEXIST: 'a file is in its place',
  ENOTDIR: 'a file is in its place, or in that of a folder above it',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'that file system is read-only',
  ENOSPC: 'that file system is full',
};

/** Makes a folder that only its owner may enter, unless it is there. USAGE, with what to do, when it cannot be written. */
export function makeWritable(dir: string, option: string): void {
  try {
    makeFolders(dir);
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const known = REASONS[codeOf(cause)] ?? REASONS[codeAbove(dir)];
    const reason = known ?? (codeOf(cause) === 'ENOENT' ? 'its file system makes no folders' : String(cause));
    throw new AegisError('USAGE', {
      detail: `${dir} cannot be written: ${reason}. Choose another one: npm start -- ${option}`,
      cause,
    });
  }
}

/** One after the other: Node's own `recursive` never ends where a file system lets nobody make a folder (/proc). */
function makeFolders(dir: string): void {
  const missing: string[] = [];
  for (let at = dir; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const path of missing) mkdirSync(path, { mode: 0o700 });
  // Also what is there, but is no folder.
  mkdirSync(dir, { recursive: true });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node says of a folder on a read-only file system that it is missing; the one above it says why. */
function codeAbove(dir: string): string {
  try {
    accessSync(nearestFolder(dir), constants.W_OK);
    return '';
  } catch (error) {
    return codeOf(error);
  }
}

function nearestFolder(path: string): string {
  const above = dirname(path);
  return existsSync(above) || above === path ? above : nearestFolder(above);
}

/**
 * Looks at a state folder before anything opens it, and makes it when it is not there. A folder of an older program
 * is copied beside itself first; the copy's path is returned, else null. USAGE, with what to do, for a folder that is
 * newer, broken or not ours.
 */
export function openStateFolder(dir: string, known: Known, now: Date): string | null {
  const version = readVersion(dir);
  if (version === null) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeVersion(dir, { schema: NO_SCHEMA, app: known.app });
    return null;
  }
  if (version.schema === NO_SCHEMA) return null;
  const at = known.migrations.indexOf(version.schema);
  if (at < 0) {
    throw new AegisError('USAGE', {
      detail: `${dir} was written by a newer Aegis (${version.app}, schema ${version.schema}); this one is ${known.app} and knows ${known.migrations.at(-1) ?? 'no schema'}. Update this checkout, or choose another folder: npm start -- --state DIR`,
    });
  }
  return at < known.migrations.length - 1 ? copyAside(dir, now) : null;
}

/** Writes down that the folder has every migration now. */
export function sealStateFolder(dir: string, known: Known): void {
  writeVersion(dir, { schema: known.migrations.at(-1) ?? NO_SCHEMA, app: known.app });
}

function writeVersion(dir: string, version: Version): void {
  const path = join(dir, 'version.json');
  // Renamed into place, so that a crash never leaves half a file.
  writeFileSync(`${path}.new`, `${JSON.stringify(version)}\n`);
  renameSync(`${path}.new`, path);
}

/** Moves a folder away whose first start was cut off, so that the next one begins with an empty one. */
export function moveAside(dir: string, now: Date): string {
  const target = `${dir}.incomplete-${stampOf(now)}`;
  renameSync(dir, target);
  return target;
}

function readVersion(dir: string): Version | null {
  if (!existsSync(dir)) return null;
  const path = join(dir, 'version.json');
  if (!existsSync(path)) {
    if (readdirSync(dir).every((name) => name === 'lock' || name === 'version.json.new')) return null;
    throw new AegisError('USAGE', {
      detail: `${dir} holds files but no version.json, so it is no state folder of Aegis. Choose another one: npm start -- --state DIR`,
    });
  }
  try {
    return Version.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const backups = backupsOf(dir);
    const way = backups.length === 0 ? '' : ` Backups: ${backups.join(', ')}.`;
    throw new AegisError('USAGE', {
      detail: `${path} is broken: it does not say which schema the folder has.${way} Put a backup in its place, or move ${dir} away to start anew.`,
      cause,
    });
  }
}

function copyAside(dir: string, now: Date): string {
  const target = `${dir}.backup-${stampOf(now)}`;
  try {
    cpSync(dir, target, { recursive: true, errorOnExist: true, force: false, preserveTimestamps: true });
  } catch (cause) {
    rmSync(target, { recursive: true, force: true });
    throw new AegisError('USAGE', {
      detail: `${dir} must be copied to ${target} before it is migrated, and that failed: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed.`,
      cause,
    });
  }
  return target;
}

function backupsOf(dir: string): string[] {
  const parent = join(dir, '..');
  const prefix = `${dir.split('/').at(-1)}.backup-`;
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(parent, name));
}

function stampOf(now: Date): string {
  return now.toISOString().replaceAll(/[-:]/g, '').replace(/\..*$/, 'Z');
}
