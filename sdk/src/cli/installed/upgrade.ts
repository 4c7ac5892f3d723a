import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { defineCommand } from '../command.ts';
import { forEachOf } from '../many.ts';
import { count } from '../terminal.ts';
import { fetchPackage } from './fetch-skill.ts';
import { type Standing, standingOf } from './newer.ts';
import { askOptions, openInstalled, openTrusted, placeOptions } from './open.ts';
import { type Item, lockedAs, putSkills, tellInstalled, withLocked } from './put.ts';
import { describeStanding } from './show-standing.ts';
import { findIn, foldersOf, refuseChanged, requireLocked, tellNothingInstalled } from './where.ts';

/** `aegis upgrade [NAME]`: to the latest approved versions, all in one step, after showing what they may do more. */
export const upgrade = defineCommand({
  usage: 'upgrade [NAME]',
  summary: 'Go to the latest approved versions, all in one step',
  about:
    'Shows what each newer version may do more or less, checks digest and signed approval of all, then replaces the skills\nand aegis.lock together. From a version that was yanked or revoked it also goes back to a lower one. To a version of\nyour choice: aegis install NAME@VERSION.',
  arguments: { min: 0, max: INSTALLED_SKILLS_MAX },
  options: {
    force: { type: 'boolean', short: 'f', text: 'Replace a folder that was changed since it was installed' },
    ...placeOptions,
    ...askOptions,
  },
  examples: [
    ['aegis upgrade', 'All skills of aegis.lock'],
    ['aegis upgrade crm-export', 'One of them'],
  ],
  exitCodes: [[1, 'refused, or a skill is withdrawn and there is no version to go to']],
  async run(run) {
    const installed = await openInstalled(run);
    const entries =
      run.rest.length === 0 ? (installed.lock?.skills ?? []) : run.rest.map((name) => requireLocked(installed, name));
    const registry = await openTrusted(run);
    const line = run.progress();
    const onDone = (done: number) => line.update(`Asking for ${done} of ${entries.length} …`);
    const standings = await forEachOf(entries, { noun: 'skills', onDone }, (entry) =>
      standingOf(registry, installed, entry),
    ).finally(() => line.done());
    const items = await forEachOf(standings, { noun: 'skills' }, async ({ entry, next }): Promise<Item | null> => {
      if (next === null) return null;
      const dirs = installed.isElsewhere ? foldersOf(installed, entry) : entry.dirs;
      refuseChanged(await findIn(installed, entry, dirs), run.values.force === true);
      return { approved: next, dirs, found: await fetchPackage(registry.client, next) };
    });
    for (const standing of standings.filter(isWorthTelling)) run.print(describeStanding(standing, run.paint));
    const newer = items.filter((item) => item !== null);
    const current = standings.filter(({ status, next }) => status === 'approved' && next === null).length;
    if (entries.length === 0) tellNothingInstalled(run, installed);
    if (current > 0) run.print(`${run.paint('green', '✓')} ${count(current, 'skill')} up to date and approved`);
    if (newer.length > 0) {
      const lines = newer.map(({ approved, dirs }) => lockedAs(approved, installed.isElsewhere ? [] : dirs));
      await putSkills(run, installed, newer, withLocked(installed, registry.url, lines));
      tellInstalled(run, installed, newer);
    }
    return standings.some(({ status, next }) => next === null && !['approved', 'deprecated'].includes(status)) ? 1 : 0;
  },
});

function isWorthTelling({ status, next }: Standing): boolean {
  return next !== null || status !== 'approved';
}
