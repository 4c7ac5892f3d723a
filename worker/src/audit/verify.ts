import { leafOf, NOTE_PROBLEMS } from '@aegis/skill-sdk/audit-export';
import { append, type Frontier, rootOf } from '@aegis/skill-sdk/merkle';
import { openCheckpoint, originOf } from '@aegis/skill-sdk/signed-note';
import type { AuditProblem, AuditVerification } from '@aegis/skill-sdk/wire/audit';
import { newestCheckpoint } from '../blobs.ts';
import type { Context } from '../context.ts';
import { publicKeys } from '../signing.ts';
import { countUnlogged, listCheckpoints, loggedEvents } from './log-store.ts';
import { logOf, sequenceLog } from './ring-logs.ts';
import { toEvent } from './to-event.ts';

/** Rows in memory at once: with their events about 2 MB. */
const ROWS_PER_READ = 2000;
/** Who reads it is helped by the first ones. */
const PROBLEMS_MAX = 20;

interface Walked {
  frontier: Frontier;
  events: number;
  /** Roots at the sizes of the checkpoints. */
  roots: Map<number, string>;
}

/**
 * Checks a whole log against what was signed: each event against its leaf, the leaves against the root, the root
 * against every checkpoint of the database, the newest one outside of it, and what the sequencer itself remembers.
 * Integrity (what is there was written so) and completeness (nothing is missing) are told apart (X2).
 */
export async function verifyLog(ctx: Context, tenantId: string): Promise<AuditVerification> {
  const integrity = new Problems();
  const completeness = new Problems();
  await sequenceLog(ctx.env, tenantId, true).catch((error: unknown) => {
    ctx.log.error('log cannot go on', { tenantId, error });
    integrity.add({
      what: 'forked',
      detail: 'Places of the log are taken by other leaves than its sequencer gave out.',
    });
  });
  const head = await logOf(ctx.env, tenantId).head();
  const checkpoints = await listCheckpoints(ctx.db, tenantId);
  const walked = await walkLog(ctx, tenantId, {
    sizes: new Set(checkpoints.map(({ size }) => size)),
    integrity,
    completeness,
  });
  const newest = await newestCheckpoint(ctx.env.ARTIFACTS, tenantId);
  const outside = newest === null ? [] : [{ note: newest, where: 'kept outside of the database' }];
  const notes = [...checkpoints.map(({ note }) => ({ note, where: 'of the database' })), ...outside];
  const trusted = await judgeNotes(ctx, tenantId, { notes, walked, integrity, completeness });
  if (head !== null) judgeHead(head, walked, { integrity, completeness });
  const unlogged = await countUnlogged(ctx.db, tenantId);
  if (unlogged > 0)
    integrity.add({
      what: 'unlogged',
      detail: `${unlogged} events stand in the database and were never given a place in the log.`,
    });
  return reportOf({ tenantId, walked, trusted, integrity: integrity.list, completeness: completeness.list });
}

/** Every leaf in order, with the event that it is the hash of. */
async function walkLog(
  ctx: Context,
  tenantId: string,
  { sizes, integrity, completeness }: { sizes: ReadonlySet<number> } & Both,
): Promise<Walked> {
  const frontier: Frontier = { size: 0, nodes: [] };
  const roots = new Map<number, string>();
  let events = 0;
  for (let next = 0; ; ) {
    const rows = await loggedEvents(ctx.db, tenantId, next, ROWS_PER_READ);
    for (const { seq, eventId, leaf, event } of rows) {
      if (seq !== next)
        completeness.add({ what: 'deleted', detail: `Places ${next} to ${seq - 1} of the log are empty.`, seq: next });
      if (event === null) completeness.add({ what: 'deleted', detail: `Event ${seq} is gone.`, seq, eventId });
      else if (leafOf(toEvent(event)) !== leaf)
        integrity.add({ what: 'edited', detail: `Event ${seq} is not what was logged.`, seq, eventId });
      events += event === null ? 0 : 1;
      append(frontier, leaf);
      if (sizes.has(frontier.size)) roots.set(frontier.size, rootOf(frontier));
      next = seq + 1;
    }
    if (rows.length < ROWS_PER_READ) return { frontier, events, roots };
  }
}

interface Both {
  integrity: Problems;
  completeness: Problems;
}
interface Trusted {
  note: string;
  size: number;
  root: string;
  kid: string;
}

/** Each note is signed, is about this log, and counts what is there; the newest good one is answered. */
async function judgeNotes(
  ctx: Context,
  tenantId: string,
  {
    notes,
    walked,
    integrity,
    completeness,
  }: { notes: readonly { note: string; where: string }[]; walked: Walked } & Both,
): Promise<Trusted | null> {
  const { keys } = publicKeys(ctx.config);
  const origin = originOf(ctx.config.APP_ORIGIN, tenantId);
  const there = walked.frontier.size;
  let trusted: Trusted | null = null;
  for (const { note, where } of notes) {
    const opened = await openCheckpoint(note, keys);
    if ('problem' in opened) {
      const { what, detail } = NOTE_PROBLEMS[opened.problem];
      integrity.add({ what, detail: `A checkpoint ${where}: ${detail}` });
      continue;
    }
    const { size, root, origin: named } = opened.checkpoint;
    if (!named.endsWith(`/audit/${tenantId}`))
      integrity.add({ what: 'wrong_log', detail: `A checkpoint ${where} is about ${named}, not ${origin}.` });
    else if (size > there)
      completeness.add({
        what: 'truncated',
        detail: `A checkpoint ${where} counts ${size} events, the log has ${there}: its tail was cut off.`,
      });
    else if (size > 0 && (walked.roots.get(size) ?? (size === there ? rootOf(walked.frontier) : root)) !== root)
      integrity.add({
        what: 'forked',
        detail: `The first ${size} events are not those that the checkpoint ${where} was signed over: history was rewritten.`,
      });
    else if (trusted === null || size >= trusted.size) trusted = { note, size, root, kid: opened.kid };
  }
  return trusted;
}

/** What the sequencer remembers lies outside of the database, so whoever rewrites that is found. */
function judgeHead(
  head: { size: number; root: string },
  { frontier }: Walked,
  { integrity, completeness }: Both,
): void {
  const { size } = frontier;
  if (size < head.size)
    completeness.add({
      what: 'truncated',
      detail: `The sequencer gave out ${head.size} places, the log has ${size}: its tail was cut off.`,
    });
  else if (size > head.size)
    integrity.add({ what: 'forked', detail: `The log has ${size} places, its sequencer gave out ${head.size}.` });
  else if (rootOf(frontier) !== head.root)
    integrity.add({ what: 'forked', detail: 'The log does not add up to the root that its sequencer remembers.' });
}

interface Judged {
  tenantId: string;
  walked: Walked;
  trusted: Trusted | null;
  integrity: AuditProblem[];
  completeness: AuditProblem[];
}

function reportOf({ tenantId, walked, trusted, integrity, completeness }: Judged): AuditVerification {
  const isIntact = integrity.length === 0 && trusted !== null;
  const isWhole = isIntact && completeness.length === 0;
  const size = trusted?.size ?? 0;
  return {
    tenantId,
    events: walked.events,
    size,
    root: trusted?.root ?? '',
    note: trusted?.note ?? '',
    signedBy: trusted?.kid ?? null,
    integrity: { ok: isIntact, problems: integrity },
    completeness: { ok: completeness.length === 0, proved: isWhole ? 'whole' : 'nothing', problems: completeness },
    proved: [
      ...(isIntact ? [`Each of the ${walked.events} events is what was logged, at its place.`] : []),
      ...(isWhole ? [`All ${size} events that the signed checkpoint counts are there.`] : []),
      ...(isIntact ? ['Every checkpoint that was kept is a beginning of this log: history was never rewritten.'] : []),
    ],
    notProved: [
      'That the registry’s own key was not misused: keep checkpoints outside of it and compare.',
      'That what happened was logged truthfully: the log proves what was written, not what was not.',
    ],
  };
}

class Problems {
  readonly list: AuditProblem[] = [];

  add(problem: AuditProblem): void {
    if (this.list.length < PROBLEMS_MAX) this.list.push(problem);
  }
}
