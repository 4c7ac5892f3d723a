import { ACTIONS } from '@aegis/skill-sdk/actions';
import { AuditQuery } from '@aegis/skill-sdk/wire/audit';

const FILTERS = ['tenantId', 'actor', 'action', 'targetId', 'agentId', 'severity', 'outcome', 'q', 'cursor'] as const;
const DAY_MS = 86_400_000;

/** The audit events that the URL asks for, newest first, and the signed state of the log; what is not valid is left out. */
export async function readAudit(api: App.Locals['api'], url: URL, tenantId?: string) {
  const filter: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = url.searchParams.get(name);
    if (value !== null && value !== '' && AuditQuery.shape[name].safeParse(value).success) filter[name] = value;
  }
  const [from, to] = [dayOf(url, 'from'), dayOf(url, 'to')];
  // The day in the URL is meant whole.
  if (from !== null) filter.from = new Date(from).toISOString();
  if (to !== null) filter.to = new Date(to + DAY_MS).toISOString();
  if (tenantId !== undefined) filter.tenantId = tenantId;
  const log = tenantId ?? filter.tenantId ?? 'platform';
  const list = await api.audit.list(AuditQuery.partial({ limit: true }).parse(filter));
  const checkpoint = await api.audit.checkpoint(log);
  return {
    title: 'Audit',
    ...list,
    asked: filter,
    filter: shown(url, filter, tenantId),
    actions: [...ACTIONS],
    log,
    checkpoint,
  };
}

/** As the fields of the page have it: days instead of instants, and the tenant only where it can be chosen. */
function shown(url: URL, filter: Record<string, string>, tenantId: string | undefined): Record<string, string> {
  const { tenantId: chosen, ...rest } = filter;
  if (chosen !== undefined && tenantId === undefined) rest.tenantId = chosen;
  for (const name of ['from', 'to'] as const)
    if (rest[name] !== undefined) rest[name] = url.searchParams.get(name) ?? '';
  return rest;
}

/** Epoch ms of the day in the URL, or null. */
function dayOf(url: URL, name: string): number | null {
  const text = url.searchParams.get(name) ?? '';
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : atMs;
}
