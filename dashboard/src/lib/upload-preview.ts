import type { FieldError, Problem } from '@aegis/skill-sdk/errors';
import type { PermissionBlock, PermissionChange } from '@aegis/skill-sdk/permissions';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import type { SkillDetail, SkillList, SkillSummary } from '@aegis/skill-sdk/wire/skills';
import { apiPaths } from './paths.ts';

/** What a package says of itself, read in the browser before anything is sent. */
export interface UploadPreview {
  size: number;
  files: number;
  archiveDigest: string;
  contentDigest: string;
  /** Null when the manifest is not valid; then `errors` says why. */
  manifest: SkillManifest | null;
  errors: FieldError[];
  reach: string;
  /** The last approved version of the same skill; null for a new skill. */
  against: string | null;
  changes: PermissionChange[];
  /** The version with this number that exists already. */
  existing: SkillSummary | null;
}

/** How the registry is asked; `fetch` in the browser. */
export type Ask = (path: string) => Promise<unknown>;

/**
 * Reads a package with the registry's own code and compares its permissions with the last approved version.
 * Throws the problem of an archive that cannot be read.
 */
export async function previewPackage(bytes: Uint8Array, tenantId: string, ask: Ask): Promise<UploadPreview> {
  // Loaded when a package was chosen: nobody who only looks at a list pays for it.
  const [{ contentDigest, unpack }, { checkPackage }, permissions, { digestOf }] = await Promise.all([
    import('@aegis/skill-sdk/archive'),
    import('@aegis/skill-sdk/manifest'),
    import('@aegis/skill-sdk/permissions'),
    import('@aegis/skill-sdk/digest'),
  ]);
  const files = unpack(bytes);
  const { manifest, errors } = checkPackage(files);
  const known = manifest === null ? [] : await versionsOf(manifest.name, tenantId, ask);
  const approved = await lastApproved(known, ask);
  return {
    size: bytes.length,
    files: files.length,
    archiveDigest: await digestOf(bytes),
    contentDigest: await contentDigest(files),
    manifest,
    errors,
    reach: manifest === null ? 'not known' : permissions.reach(manifest.permissions),
    against: approved?.version ?? null,
    changes: manifest === null ? [] : permissions.diffPermissions(approved?.permissions ?? null, manifest.permissions),
    existing: known.find((version) => version.version === manifest?.version) ?? null,
  };
}

async function versionsOf(name: string, tenantId: string, ask: Ask): Promise<SkillSummary[]> {
  const list = (await ask(apiPaths.skills({ name, tenantId, all: 'true', limit: 200 }))) as SkillList;
  return list.skills;
}

async function lastApproved(
  known: readonly SkillSummary[],
  ask: Ask,
): Promise<{ version: string; permissions: PermissionBlock } | null> {
  const latest = known.find((version) => version.latest);
  if (latest === undefined) return null;
  const { skill } = (await ask(apiPaths.skill(latest.id))) as SkillDetail;
  return { version: skill.version, permissions: skill.permissions };
}

/** The problem of anything that went wrong, in the registry's own form. */
export async function problemOf(cause: unknown): Promise<Problem> {
  const { AegisError, toProblem } = await import('@aegis/skill-sdk/errors');
  return toProblem(cause instanceof AegisError ? cause : new AegisError('INTERNAL', { detail: String(cause) }));
}
