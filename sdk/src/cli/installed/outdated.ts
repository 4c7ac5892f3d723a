import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { defineCommand } from '../command.ts';
import { forEachOf } from '../many.ts';
import { STATUS_EXITS } from '../show-error.ts';
import { count } from '../terminal.ts';
import { type Standing, standingOf } from './newer.ts';
import { askOptions, openInstalled, openTrusted, placeOptions } from './open.ts';
import { describeStanding } from './show-standing.ts';
import { requireLocked, tellNothingInstalled } from './where.ts';

/** `aegis outdated [NAME]`: newer versions with what they may do more, and what was deprecated, yanked or revoked. */
export const outdated = defineCommand({
  usage: 'outdated [NAME]',
  summary: 'Show newer versions with their permission diff, and what was withdrawn',
  about: 'Writes nothing. The approvals of newer versions are checked before their permissions are shown.',
  arguments: { min: 0, max: INSTALLED_SKILLS_MAX },
  options: { ...placeOptions, ...askOptions },
  examples: [
    ['aegis outdated', 'All skills of aegis.lock'],
    ['aegis outdated crm-export --json', 'One, for a program'],
  ],
  exitCodes: [
    [1, 'a newer version is there, or one is no longer approved'],
    ...STATUS_EXITS.map(([code, status]) => [code, `an installed version is ${status}`] as const),
  ],
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
    const behind = standings.filter(({ status, next }) => status !== 'approved' || next !== null);
    run.result({
      skills: standings.map(({ entry: { name, version }, status, next, changes }) => ({
        name,
        version,
        status,
        next: next?.resolution.version ?? null,
        changes,
      })),
    });
    for (const standing of behind) run.print(describeStanding(standing, run.paint));
    const current = standings.length - behind.length;
    if (entries.length === 0) tellNothingInstalled(run, installed);
    if (current > 0) run.print(`${run.paint('green', '✓')} ${count(current, 'skill')} up to date and approved`);
    if (behind.some(({ next }) => next !== null)) run.print('Take the newer versions: aegis upgrade');
    return exitOf(behind);
  },
});

/** The worst that was found decides. */
function exitOf(behind: readonly Standing[]): number {
  for (const [code, status] of [...STATUS_EXITS].reverse()) {
    if (behind.some((standing) => standing.status === status)) return code;
  }
  return behind.length > 0 ? 1 : 0;
}
