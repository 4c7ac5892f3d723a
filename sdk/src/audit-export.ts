import { canonicalBytes } from './canonical.ts';
import type { RegistryKey } from './key-set.ts';
import { type Hash, hashOver, isConsistent, leafHash, rangesBeside } from './merkle.ts';
import { type Checkpoint, type NoteProblem, openCheckpoint } from './signed-note.ts';
import { type AuditProblem, type AuditVerification, ExportedEvent, ExportProof } from './wire/audit.ts';

/** A file of more mistakes than this is not mended line by line. */
const PROBLEMS_MAX = 20;
type What = AuditProblem['what'];

/** The leaf of an event: RFC 6962 over its RFC 8785 JSON, exactly as the API shows it. */
export function leafOf(event: object): Hash {
  try {
    return leafHash(canonicalBytes(event));
  } catch {
    // RFC 8785 has no spelling for half a surrogate pair; UTF-8 writes U+FFFD in its place, and so do we.
    return leafHash(canonicalBytes(JSON.parse(JSON.stringify(event).replace(HALF_PAIR, '\ufffd'))));
  }
}
const HALF_PAIR = /\\ud[89a-f][0-9a-f]{2}/g;

/** What a note that is not believed means, in words. */
export const NOTE_PROBLEMS: Record<NoteProblem, { what: What; detail: string }> = {
  unreadable: { what: 'unreadable', detail: 'The checkpoint cannot be read as a signed note.' },
  'unknown-key': {
    what: 'unknown_key',
    detail: 'The checkpoint was signed by a key that is not among the trusted ones.',
  },
  'bad-signature': { what: 'bad_signature', detail: 'The signature of the checkpoint does not fit what it says.' },
};

/** What a file is checked against. */
export interface Trust {
  keys: readonly RegistryKey[];
  /** A checkpoint that was kept earlier: what it counted must still be there. */
  older?: string | undefined;
}

/**
 * Checks an NDJSON export (X2) without a network: integrity (every line is what was logged, at its place) and, apart
 * from it, completeness (nothing is missing). Total: what cannot be read is a problem, never an exception.
 */
export async function verifyExport(text: string, trust: Trust): Promise<AuditVerification> {
  const found = new Findings();
  const { lines, proof } = readLines(text, found);
  if (proof === null) {
    found.missing(
      'truncated',
      'The file ends without its last line, the proof: it was cut off, or is another kind of file.',
    );
    return found.report({ lines, checkpoint: null, note: '', kid: null, tenantId: '', proved: 'nothing', filter: {} });
  }
  const opened = await openCheckpoint(proof.note, trust.keys);
  const checkpoint = 'checkpoint' in opened ? opened.checkpoint : null;
  const about = { lines, checkpoint, note: proof.note, tenantId: proof.tenantId, filter: proof.filter };
  if ('problem' in opened) {
    const { what, detail } = NOTE_PROBLEMS[opened.problem];
    found.wrong(what, detail);
    return found.report({ ...about, kid: null, proved: 'nothing' });
  }
  judgeLog(opened.checkpoint, proof.tenantId, lines, found);
  const isWhole = judgePlaces(opened.checkpoint, proof, lines, found);
  if (isWhole) judgeRoot(opened.checkpoint, proof, lines, found);
  await judgeOlder({ checkpoint: opened.checkpoint, proof, lines, trust, found });
  return found.report({ ...about, kid: opened.kid, proved: reachOf(lines, opened.checkpoint.size) });
}

type Proof = ExportProof['proof'];

function readLines(text: string, found: Findings): { lines: ExportedEvent[]; proof: Proof | null } {
  const rows = text.split('\n').filter((row) => row.trim() !== '');
  const last = ExportProof.safeParse(parsed(rows.at(-1) ?? ''));
  const lines: ExportedEvent[] = [];
  for (const [index, row] of (last.success ? rows.slice(0, -1) : rows).entries()) {
    const line = ExportedEvent.safeParse(parsed(row));
    if (line.success) lines.push(line.data);
    else found.wrong('unreadable', `Line ${index + 1} is no event of an export.`);
  }
  return { lines, proof: last.success ? last.data.proof : null };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Judged as a line of the wrong shape.
    return null;
  }
}

/** The events are of the log that the checkpoint is about. */
function judgeLog({ origin }: Checkpoint, tenantId: string, lines: readonly ExportedEvent[], found: Findings): void {
  if (!origin.endsWith(`/audit/${tenantId}`))
    found.wrong('wrong_log', `The checkpoint is about the log ${origin}, the export about ${tenantId}.`);
  for (const { seq, event } of lines)
    if (event.tenantId !== tenantId) found.wrong('wrong_log', `Event ${seq} is of another log.`, { seq, event });
}

/** Every event stands once, in order, and where the proof says; false when the root cannot be computed from them. */
function judgePlaces({ size }: Checkpoint, { seqs }: Proof, lines: readonly ExportedEvent[], found: Findings): boolean {
  const before = found.count;
  let previous = -1;
  for (const { seq, leaf, event } of lines) {
    if (seq <= previous) found.wrong('moved', `Event ${seq} stands behind ${previous}.`, { seq, event });
    if (seq >= size)
      found.wrong('forked', `Event ${seq} is beyond the ${size} that the checkpoint counts.`, { seq, event });
    if (leafOf(event) !== leaf) found.wrong('edited', `Event ${seq} is not what was logged.`, { seq, event });
    previous = seq;
  }
  const isIntact = found.count === before;
  const there = new Set(lines.map(({ seq }) => seq));
  for (const [from, to] of seqs) {
    for (let seq = from; seq <= to && !found.isFull; seq++) {
      const what = seq > previous ? 'truncated' : 'deleted';
      if (!there.has(seq)) found.missing(what, `Event ${seq} was exported and is not in the file.`, seq);
    }
  }
  return isIntact && there.size === seqs.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Leaves and hashes of the proof add up to the signed root. */
function judgeRoot(
  { size, root }: Checkpoint,
  { hashes }: Proof,
  lines: readonly ExportedEvent[],
  found: Findings,
): void {
  const known = hashesOf(size, hashes, lines);
  const computed =
    size === 0 ? root : known === null ? null : hashOver(0, size, (from, to) => known.get(`${from}-${to}`) ?? null);
  if (computed !== root)
    found.wrong(
      'forked',
      'The events do not add up to the root that was signed: they are of another history, or stand at other places.',
    );
}

/** Every hash that the file gives, by its range; null when there are more or fewer than its events need. */
function hashesOf(size: number, hashes: readonly Hash[], lines: readonly ExportedEvent[]): Map<string, Hash> | null {
  const ranges = rangesBeside(
    lines.map(({ seq }) => seq),
    size,
  );
  if (ranges.length !== hashes.length) return null;
  return new Map([
    ...lines.map(({ seq, leaf }) => [`${seq}-${seq + 1}`, leaf] as const),
    ...ranges.map(([from, to], index) => [`${from}-${to}`, hashes[index] ?? ''] as const),
  ]);
}

interface OlderJudgement {
  checkpoint: Checkpoint;
  proof: Proof;
  lines: readonly ExportedEvent[];
  trust: Trust;
  found: Findings;
}

/** The log goes on from the checkpoint that was kept: neither shorter, nor another one. */
async function judgeOlder({ checkpoint, proof, lines, trust, found }: OlderJudgement): Promise<void> {
  if (trust.older === undefined) return;
  const opened = await openCheckpoint(trust.older, trust.keys);
  if ('problem' in opened) {
    const { what, detail } = NOTE_PROBLEMS[opened.problem];
    found.wrong(what, `The checkpoint that you kept: ${detail}`);
    return;
  }
  const older = opened.checkpoint;
  if (older.origin !== checkpoint.origin)
    return found.wrong('wrong_log', `The checkpoint that you kept is about the log ${older.origin}.`);
  if (older.size > checkpoint.size)
    return found.missing(
      'replayed',
      `The checkpoint that you kept counts ${older.size} events, the one of this export ${checkpoint.size}: the tail was cut off, or an old checkpoint is shown again.`,
    );
  const fits = goesOn({ older, checkpoint, proof, lines });
  if (fits === null)
    found.open.push(
      `That the log goes on from the checkpoint that you kept: export again with since=${older.size} to have it proved.`,
    );
  else if (fits) found.shown.push(`The log goes on from the checkpoint of ${older.size} events that you kept.`);
  else
    found.wrong(
      'forked',
      `The first ${older.size} events are not those of the checkpoint that you kept: history was rewritten.`,
    );
}

/** Null when the file does not tell. */
function goesOn({
  older,
  checkpoint,
  proof,
  lines,
}: Omit<OlderJudgement, 'trust' | 'found'> & { older: Checkpoint }): boolean | null {
  if (older.size === checkpoint.size) return older.root === checkpoint.root;
  if (proof.consistency?.size === older.size)
    return isConsistent({ older, newer: checkpoint, proof: proof.consistency.hashes });
  const known = hashesOf(checkpoint.size, proof.hashes, lines);
  if (known === null) return null;
  const computed = hashOver(0, older.size, (from, to) => known.get(`${from}-${to}`) ?? null);
  return computed === null ? null : computed === older.root;
}

function reachOf(lines: readonly ExportedEvent[], size: number): 'whole' | 'run' | 'nothing' {
  const first = lines[0]?.seq ?? 0;
  if (!lines.every(({ seq }, index) => seq === first + index)) return 'nothing';
  if (first === 0 && lines.length === size) return 'whole';
  return lines.length === 0 ? 'nothing' : 'run';
}

interface About {
  lines: readonly ExportedEvent[];
  checkpoint: Checkpoint | null;
  note: string;
  kid: string | null;
  tenantId: string;
  proved: 'whole' | 'run' | 'nothing';
  filter: Record<string, string>;
}

class Findings {
  readonly integrity: AuditProblem[] = [];
  readonly completeness: AuditProblem[] = [];
  readonly shown: string[] = [];
  readonly open: string[] = [];
  count = 0;

  /** True when no further missing event would be listed. */
  get isFull(): boolean {
    return this.completeness.length >= PROBLEMS_MAX;
  }

  wrong(what: What, detail: string, at?: { seq: number; event: Record<string, unknown> }): void {
    this.count++;
    const eventId = at === undefined || typeof at.event.id !== 'string' ? {} : { eventId: at.event.id };
    if (this.integrity.length < PROBLEMS_MAX)
      this.integrity.push({ what, detail, ...(at === undefined ? {} : { seq: at.seq, ...eventId }) });
  }

  missing(what: What, detail: string, seq?: number): void {
    if (this.completeness.length < PROBLEMS_MAX)
      this.completeness.push({ what, detail, ...(seq === undefined ? {} : { seq }) });
  }

  report({ lines, checkpoint, note, kid, tenantId, proved, filter }: About): AuditVerification {
    const isIntact = this.integrity.length === 0 && checkpoint !== null;
    const isComplete = this.completeness.length === 0;
    const size = checkpoint?.size ?? 0;
    const reach = isIntact && isComplete ? proved : 'nothing';
    const words = wordsOf({ reach, lines, size, isFiltered: Object.keys(filter).length > 0 });
    return {
      tenantId,
      events: lines.length,
      size,
      root: checkpoint?.root ?? '',
      note,
      signedBy: kid,
      integrity: { ok: isIntact, problems: this.integrity },
      completeness: { ok: isComplete, proved: reach, problems: this.completeness },
      proved: isIntact
        ? [`Every one of the ${lines.length} events is what was logged, at its place.`, ...words.proved, ...this.shown]
        : [],
      notProved: [...words.notProved, ...this.open],
    };
  }
}

/** What follows from it for a reader, and what does not. */
function wordsOf({
  reach,
  lines,
  size,
  isFiltered,
}: {
  reach: About['proved'];
  lines: readonly ExportedEvent[];
  size: number;
  isFiltered: boolean;
}) {
  const first = lines[0]?.seq ?? 0;
  const last = lines.at(-1)?.seq ?? 0;
  const later = 'What happened after this checkpoint.';
  if (reach === 'whole')
    return { proved: [`The file holds all ${size} events that the checkpoint counts.`], notProved: [later] };
  if (reach === 'run')
    return {
      proved: [`Between event ${first} and event ${last} nothing is missing.`],
      notProved: [`The other ${size - lines.length} events of the log: they are not in the file.`, later],
    };
  const why = isFiltered
    ? 'it was exported with a filter, and a filter can leave out anything'
    : 'events are missing or cannot be trusted';
  return { proved: [], notProved: [`That nothing is missing: ${why}.`, later] };
}
