import { relative } from 'node:path';
import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { defineCommand } from '../command.ts';
import { spellLock } from './lock-file.ts';
import { openInstalled, placeOptions } from './open.ts';
import { placeSkills } from './place-skills.ts';
import { findIn, foldersOf, refuseChanged, requireLocked } from './where.ts';

/** `aegis remove NAME`: takes skills away, folder and lock entry together. */
export const remove = defineCommand({
  usage: 'remove NAME',
  summary: 'Remove installed skills, folder and lock entry in one step',
  about: 'Asks no registry. With --dir or --agent it is removed from that folder only. Several names may be given.',
  arguments: { min: 1, max: INSTALLED_SKILLS_MAX },
  options: {
    force: { type: 'boolean', short: 'f', text: 'Also remove a folder that was changed since it was installed' },
    ...placeOptions,
  },
  examples: [
    ['aegis remove crm-export', 'From every folder in which aegis.lock has it'],
    ['aegis remove crm-export --agent codex', 'Only from the one that Codex reads'],
  ],
  async run(run) {
    const installed = await openInstalled(run);
    const entries = [...new Set(run.rest)].map((name) => requireLocked(installed, name));
    const found = [];
    for (const entry of entries) {
      const there = await findIn(installed, entry, foldersOf(installed, entry));
      refuseChanged(there, run.values.force === true, 'remove');
      found.push({ entry, there: there.filter(({ state }) => state !== 'missing') });
    }
    const placements = found.flatMap(({ entry: { name }, there }) =>
      there.map(({ dir }) => ({ dir, name, files: null })),
    );
    const gone = new Set(entries.map(({ name }) => name));
    const skills = (installed.lock?.skills ?? []).flatMap((entry) => {
      if (!gone.has(entry.name)) return [entry];
      const dirs = installed.isElsewhere ? [] : entry.dirs.filter((dir) => !foldersOf(installed, entry).includes(dir));
      return dirs.length === 0 ? [] : [{ ...entry, dirs }];
    });
    const lock = spellLock({ v: 1, registry: installed.lock?.registry ?? '', skills });
    await placeSkills(installed, { placements, lock }, { signal: run.io.signal });
    for (const { entry, there } of found) {
      const places = there.map(({ path }) => relative(run.io.cwd, path) || path);
      run.result({ name: entry.name, version: entry.version, removed: there.map(({ path }) => path) });
      run.print(
        `${run.paint('green', '✓')} ${entry.name} ${entry.version} removed${places.length === 0 ? ' from the lock; its folder was gone' : ` from ${places.join(', ')}`}`,
      );
    }
    return 0;
  },
});
