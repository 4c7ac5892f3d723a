import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { AUDIT_EXPORT_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { proveConsistency, proveLeaves } from '@aegis/skill-sdk/merkle';
import type { ExportedEvent, ExportProof } from '@aegis/skill-sdk/wire/audit';
import type { Context } from '../context.ts';
import { type Placed, toCsv } from './csv.ts';
import { readHashes } from './prove.ts';
import { sequenceLog } from './ring-logs.ts';
import { type AuditFilter, listPlaced } from './store.ts';
import { toEvent } from './to-event.ts';

export interface ExportAsk {
  format: 'csv' | 'json' | 'ndjson';
  filter: AuditFilter;
  /** The filter as it was asked for, without the log. */
  asked: Record<string, string>;
  since?: number | undefined;
}

export interface Exported {
  text: string;
  events: number;
  type: string;
}

/**
 * Up to AUDIT_EXPORT_ROWS_MAX events in the order in which they were logged; VALIDATION_FAILED when the filter finds
 * more. NDJSON is of one log and ends with its proof, which `aegis audit verify` checks without a network.
 */
export async function exportEvents(ctx: Context, { format, filter, asked, since }: ExportAsk): Promise<Exported> {
  const [tenantId, ...more] = filter.tenantIds ?? [];
  const isOne = tenantId !== undefined && more.length === 0;
  if (format === 'ndjson' && !isOne)
    throw invalid(
      'tenantId',
      'NDJSON carries the proof of one log: name a tenant, or `platform`. CSV and JSON can be of all.',
    );
  const head = isOne ? await sequenceLog(ctx.env, tenantId, true) : null;
  const found = await listPlaced(ctx, filter, AUDIT_EXPORT_ROWS_MAX);
  if (found.length > AUDIT_EXPORT_ROWS_MAX)
    throw invalid(
      'from',
      `More than ${AUDIT_EXPORT_ROWS_MAX} events fit the filter. Export them in parts: narrow from and to.`,
    );
  const rows: Placed[] = found.map(({ event, seq, leaf }) => ({ event: toEvent(event), seq, leaf })).reverse();
  if (format === 'csv') return { text: toCsv(rows), events: rows.length, type: 'text/csv; charset=utf-8' };
  if (format === 'json' || head === null || tenantId === undefined) {
    const text = JSON.stringify({ events: rows.map(({ event }) => event) });
    return { text, events: rows.length, type: 'application/json' };
  }
  return await withProof(ctx, { tenantId, head: head.checkpoint, rows, asked, since });
}

interface Proving {
  tenantId: string;
  head: { size: number; note: string };
  rows: readonly Placed[];
  asked: Record<string, string>;
  since: number | undefined;
}

async function withProof(ctx: Context, { tenantId, head, rows, asked, since }: Proving): Promise<Exported> {
  // What was committed after the checkpoint was signed has no proof under it yet, and is in the next export.
  const lines = rows
    .flatMap(({ event, seq, leaf }) =>
      seq === null || leaf === null || seq >= head.size ? [] : [{ seq, leaf, event }],
    )
    .sort((left, right) => left.seq - right.seq) satisfies ExportedEvent[];
  const seqs = lines.map(({ seq }) => seq);
  if (since !== undefined && since > head.size)
    throw invalid(
      'since',
      `The log has ${head.size} events, fewer than ${since}: this is no checkpoint of it, or its tail was cut off.`,
    );
  const older = since === undefined ? [] : [since - 1];
  const hashOf = await readHashes(ctx.db, tenantId, { size: head.size, seqs: [...seqs, ...older] });
  const proof: ExportProof['proof'] = {
    v: 1,
    tenantId,
    filter: asked,
    exportedAt: toInstant(ctx.nowMs),
    note: head.note,
    seqs: runsOf(seqs),
    hashes: proveLeaves(seqs, head.size, hashOf),
    consistency: since === undefined ? null : { size: since, hashes: proveConsistency(since, head.size, hashOf) },
  };
  const text = [...lines.map((line) => JSON.stringify(line)), JSON.stringify({ proof }), ''].join('\n');
  return { text, events: lines.length, type: 'application/x-ndjson' };
}

/** Rising numbers as runs, both ends included. */
function runsOf(seqs: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const seq of seqs) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}

function invalid(field: string, detail: string): AegisError {
  return new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: `/${field}`, detail }] });
}
