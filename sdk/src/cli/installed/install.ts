import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AegisError } from '../../errors.ts';
import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { defineCommand, type Run } from '../command.ts';
import { parseReference } from '../find-version.ts';
import { forEachOf } from '../many.ts';
import { chooseTenant } from '../registry.ts';
import { STATUS_EXITS } from '../show-error.ts';
import { type ApprovedSkill, fetchPackage, requireAsLocked, resolveApproved } from './fetch-skill.ts';
import { installFrozen } from './frozen.ts';
import { LOCK_NAME } from './lock-file.ts';
import { askOptions, type Installed, openInstalled, openTrusted, placeOptions } from './open.ts';
import { type Item, lockedAs, putSkills, tellInstalled, withLocked } from './put.ts';
import { findIn, refuseChanged } from './where.ts';

const options = {
  frozen: { type: 'boolean', text: `Install exactly what ${LOCK_NAME} says, and fail where anything differs from it` },
  force: { type: 'boolean', short: 'f', text: 'Replace a folder that was changed, or that is not in the lock' },
  ...placeOptions,
  ...askOptions,
} as const;
export type InstallRun = Run<typeof options>;

/** `aegis install NAME[@VERSION]`: nothing is written before digest and signed approval of all have been checked. */
export const install = defineCommand({
  usage: 'install NAME[@VERSION]',
  summary: 'Install approved skills after checking digest and signed approval',
  about:
    'Every package must have the digest that a reviewer signed, with a key that this machine trusts. Then all skills and\naegis.lock change in one step: killed at any moment, the old state or the new one is there. Versions that are pending,\nrejected, yanked or revoked are refused. Several names may be given; with --frozen none.',
  arguments: { min: 0, max: INSTALLED_SKILLS_MAX },
  options,
  examples: [
    ['aegis install crm-export', 'The latest approved version, to skills/crm-export'],
    [
      'aegis install crm-export@1.2.0 --agent claude-code',
      'Exactly that one, where Claude Code reads this project’s skills',
    ],
    ['aegis install crm-export --agent codex --user', 'For all projects of this user'],
    ['aegis install --frozen', 'What aegis.lock says, byte for byte: for colleagues and CI'],
    [
      'aegis install --frozen --lock /config/aegis.lock --dir /skills --keys /config/keys.json',
      'For a pod’s init container',
    ],
  ],
  exitCodes: STATUS_EXITS.filter(([, status]) => status !== 'deprecated').map(
    ([code, status]) => [code, `refused: a version is ${status}`] as const,
  ),
  async run(run) {
    if (run.values.frozen === true) return await installFrozen(run);
    if (run.rest.length === 0) {
      throw new AegisError('USAGE', {
        detail: `Found these arguments: none. Wanted: aegis install NAME[@VERSION], or aegis install --frozen for all of ${LOCK_NAME}.`,
      });
    }
    const wanted = run.rest.map(parseReference);
    const installed = await openInstalled(run);
    const registry = await openTrusted(run);
    const tenantId = await chooseTenant(registry.client, run.values.tenant, 'skill:read');
    const line = run.progress();
    const onDone = (done: number) => line.update(`Checking ${done} of ${wanted.length} …`);
    const items = await forEachOf(wanted, { noun: 'skills', onDone }, async (one): Promise<Item> => {
      const approved = await resolveApproved(registry.client, registry.withKeys, { ...one, tenantId });
      const dirs = await chooseFolders(run, installed, approved);
      return { approved, dirs, found: await fetchPackage(registry.client, approved) };
    }).finally(() => line.done());
    const lines = items.map(({ approved, dirs }) => lockedAs(approved, installed.isElsewhere ? [] : dirs));
    await putSkills(run, installed, items, withLocked(installed, registry.url, lines));
    tellInstalled(run, installed, items);
    return 0;
  },
});

/** Where the skill goes: the folder that was named beside those that hold it already. Refuses to overwrite what is not ours. */
async function chooseFolders({ values }: InstallRun, installed: Installed, approved: ApprovedSkill): Promise<string[]> {
  const { name, version, tenantId } = approved.resolution;
  const entry = installed.lock?.skills.find((skill) => skill.name === name);
  if (entry !== undefined && entry.version === version && entry.tenantId === tenantId) requireAsLocked(entry, approved);
  const before = entry === undefined || installed.isElsewhere ? [] : entry.dirs;
  const dirs = [...new Set([...before, ...(installed.asked === null ? [] : [installed.asked])])];
  if (dirs.length === 0) dirs.push('skills');
  const known = entry === undefined ? [] : dirs.filter((dir) => before.includes(dir) || installed.isElsewhere);
  if (entry !== undefined) refuseChanged(await findIn(installed, entry, known), values.force === true);
  for (const dir of dirs.filter((candidate) => !known.includes(candidate))) {
    const path = join(installed.home, dir, name);
    if (values.force === true || (await lstat(path).catch(() => null)) === null) continue;
    throw new AegisError('ALREADY_EXISTS', {
      detail: `${path} exists and is not in ${LOCK_NAME}, so it was left alone. Move it away, or replace it with --force.`,
    });
  }
  return dirs;
}
