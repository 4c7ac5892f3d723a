import type { AuditEvent } from '@aegis/skill-sdk/wire/audit';

const COLUMNS = [
  'at',
  'tenantId',
  'actorKind',
  'actorId',
  'actorName',
  'onBehalfOf',
  'action',
  'targetType',
  'targetId',
  'agentId',
  'severity',
  'outcome',
  'ipAddress',
  'userAgent',
  'requestId',
  'details',
  'before',
  'after',
  'id',
  'seq',
  'leaf',
] as const;

/** An event with its place in its log. */
export interface Placed {
  event: AuditEvent;
  seq: number | null;
  leaf: string | null;
}

/** RFC 4180, with a header line. A cell that a spreadsheet would run as a formula begins with an apostrophe (A214). */
export function toCsv(rows: readonly Placed[]): string {
  const lines = rows.map((row) => {
    const cells: Record<(typeof COLUMNS)[number], unknown> = {
      ...row.event,
      actorKind: row.event.actor.kind,
      actorId: row.event.actor.id,
      actorName: row.event.actor.name,
      seq: row.seq,
      leaf: row.leaf,
    };
    return COLUMNS.map((column) => cell(cells[column])).join(',');
  });
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
