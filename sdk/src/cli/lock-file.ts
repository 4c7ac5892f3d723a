import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { AegisError } from '../errors.ts';
import { DigestText, id } from '../wire/common.ts';

/** What was installed, so exactly that anybody can install it again and see that nothing changed. */
export const LockedSkill = z.object({
  name: z.string(),
  version: z.string(),
  archiveDigest: DigestText,
  contentDigest: DigestText,
  tenantId: id('tenant'),
  permissionsDigest: DigestText,
});
export type LockedSkill = z.infer<typeof LockedSkill>;

/** `aegis.lock`: one entry per skill, sorted by name. Safe to commit: it holds no credential and no capability. */
const LockFile = z.object({ v: z.literal(1), registry: z.string(), skills: z.array(LockedSkill) });
export type LockFile = z.infer<typeof LockFile>;

export const LOCK_NAME = 'aegis.lock';

/** The lock at that path; null when there is none. @throws AegisError USAGE when it cannot be read */
export async function readLock(path: string): Promise<LockFile | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = LockFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AegisError('USAGE', {
    detail: `${path} is no lock file (${issue?.path.join('.') || 'JSON'}: ${issue?.message}). Restore it, or remove it to lock anew.`,
  });
}

/** Replaces the lock as a whole. */
export async function writeLock(path: string, lock: LockFile): Promise<void> {
  const skills = [...lock.skills].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFile(`${path}.part`, `${JSON.stringify({ ...lock, skills }, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says that it is no lock file.
    return null;
  }
}
