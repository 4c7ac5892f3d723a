import type { Paint } from '../terminal.ts';
import { plain } from '../terminal.ts';
import type { Standing } from './newer.ts';

/** What each state asks of the person who installed it; null where nothing is wrong. */
const WARNINGS: Readonly<Record<Standing['status'], string | null>> = {
  approved: null,
  deprecated: 'deprecated',
  yanked: 'yanked: not to be installed any more',
  revoked: 'REVOKED: remove it from this machine',
  pending_review: 'no longer approved',
  rejected: 'no longer approved',
  unknown: 'the registry no longer shows it to you',
};

/** A skill that is behind or withdrawn: from which version to which, and what the next one may do more or less. */
export function describeStanding({ entry, status, next, changes }: Standing, paint: Paint): string {
  const warning = WARNINGS[status];
  const to = next === null ? '' : ` → ${next.resolution.version}`;
  const mark = warning === null ? '' : `  ${paint(status === 'deprecated' ? 'yellow' : 'red', warning)}`;
  const end = next === null && warning !== null ? ', and there is no other version to go to' : '';
  const lines = [`${paint('bold', entry.name)} ${entry.version}${to}${mark}${end}`];
  if (next !== null && changes.length === 0) lines.push('    the same permissions');
  for (const { change, meaning } of changes) {
    lines.push(`  ${change === 'wider' ? paint('red', '+') : paint('green', '-')} ${plain(meaning)}`);
  }
  return lines.join('\n');
}
