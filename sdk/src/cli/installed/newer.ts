import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../../client.ts';
import { AegisError } from '../../errors.ts';
import { parseManifest } from '../../manifest.ts';
import { diffPermissions, type PermissionBlock, type PermissionChange } from '../../permissions.ts';
import { compareVersions } from '../../version.ts';
import type { SkillStatus } from '../../wire/skills.ts';
import { versionsOf } from '../find-version.ts';
import { type ApprovedSkill, resolveApproved, type WithKeys } from './fetch-skill.ts';
import type { LockedSkill } from './lock-file.ts';
import type { Installed } from './open.ts';
import { findIn, foldersOf } from './where.ts';

/** A locked skill beside what the registry says of it now. */
export interface Standing {
  entry: LockedSkill;
  /** Of the installed version; `unknown` when the registry no longer shows it. */
  status: SkillStatus | 'unknown';
  /** The version to go to, its approval checked; null when there is none. */
  next: ApprovedSkill | null;
  /** What the next version may do beside the installed one. */
  changes: PermissionChange[];
}

/** What became of an installed version, and where it should go. */
export async function standingOf(
  { client, withKeys }: { client: Client; withKeys: WithKeys },
  installed: Installed,
  entry: LockedSkill,
): Promise<Standing> {
  const versions = await versionsOf(client, entry.tenantId, entry.name);
  const status = versions.find(({ version }) => version === entry.version)?.status ?? 'unknown';
  const latest = await latestOf(client, withKeys, entry);
  const isWithdrawn = status !== 'approved' && status !== 'deprecated';
  const differs = latest !== null && latest.resolution.version !== entry.version;
  // Away from what was withdrawn also leads back to a lower version.
  const isNext = differs && (isWithdrawn || compareVersions(latest.resolution.version, entry.version) > 0);
  if (!isNext) return { entry, status, next: null, changes: [] };
  const before = await permissionsOf(installed, entry);
  const changes = diffPermissions(before, latest.predicate.permissions).filter(({ change }) => change !== 'same');
  return { entry, status, next: latest, changes };
}

async function latestOf(client: Client, withKeys: WithKeys, { name, tenantId }: LockedSkill) {
  try {
    return await resolveApproved(client, withKeys, { name, version: undefined, tenantId });
  } catch (error) {
    // Nothing of that name can be installed at this moment: that is an answer.
    if (error instanceof AegisError && (error.code === 'NOT_FOUND' || error.code === 'NOT_INSTALLABLE')) return null;
    throw error;
  }
}

/** What the installed version declares, from a folder that is still what was approved; null when none is. */
async function permissionsOf(installed: Installed, entry: LockedSkill): Promise<PermissionBlock | null> {
  for (const { path, state } of await findIn(installed, entry, foldersOf(installed, entry))) {
    if (state === 'same' || state === 'littered')
      return parseManifest(await readFile(join(path, 'manifest.yaml'), 'utf8')).permissions;
  }
  return null;
}
