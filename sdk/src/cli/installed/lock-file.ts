import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AegisError } from '../../errors.ts';
import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { skillNameComplaint, versionComplaint } from '../../manifest-rules.ts';
import { DigestText, id } from '../../wire/common.ts';

/**
 * A folder below the one in which the lock lies: POSIX, `.` for that folder itself. Never a way out of it, so that a lock
 * from elsewhere cannot name a folder that is not its own.
 */
export const LockedDir = z
  .string()
  .max(1024)
  .refine((dir) => dir === '.' || /^(?!\/)(?!.*\\)(?!(?:.*\/)?\.{0,2}(?:\/|$))/.test(dir), {
    error: 'is no folder below the lock file',
  });

/** What was installed, so exactly that anybody can install it again and see that nothing changed. */
const LockedSkill = z.object({
  name: z.string().refine((name) => skillNameComplaint(name) === null, { error: 'is no skill name' }),
  version: z.string().refine((version) => versionComplaint(version) === null, { error: 'is no version' }),
  archiveDigest: DigestText,
  contentDigest: DigestText,
  tenantId: id('tenant'),
  permissionsDigest: DigestText,
  /** Folders that hold it, as DIR/NAME; none when they lie outside and every command names them with --dir. */
  dirs: z.array(LockedDir).max(16).default(['skills']),
});
export type LockedSkill = z.infer<typeof LockedSkill>;

/** `aegis.lock`: one entry per skill, sorted by name. Safe to commit: it holds no credential and no capability. */
const LockFile = z.object({
  v: z.literal(1),
  registry: z.string(),
  skills: z
    .array(LockedSkill)
    .max(INSTALLED_SKILLS_MAX)
    .refine((skills) => new Set(skills.map(({ name }) => name)).size === skills.length, {
      error: 'names a skill twice',
    }),
});
export type LockFile = z.infer<typeof LockFile>;

export const LOCK_NAME = 'aegis.lock';

/** The lock at that path; null when there is none. @throws AegisError USAGE when it cannot be read */
export async function readLock(path: string): Promise<LockFile | null> {
  const text = await readLockText(path);
  if (text === null) return null;
  const json = parseJson(text);
  const parsed = LockFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.join('.') || 'the whole';
  throw new AegisError('USAGE', {
    detail: `${path} is no lock file (${json === undefined ? 'it is not JSON' : `${place}: ${issue?.message}`}). Restore it, or remove it to lock anew.`,
  });
}

/** The text of a lock; null when there is none. */
async function readLockText(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** The text of a lock, sorted, so that the same skills give the same bytes. */
export function spellLock(lock: LockFile): string {
  const skills = [...lock.skills].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${JSON.stringify({ ...lock, skills }, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says that it is no lock file.
    return undefined;
  }
}
