import { ACTIONS } from '@aegis/skill-sdk/actions';

/** The audit events that the URL asks for, newest first. */
export async function readAudit(api: App.Locals['api'], url: URL, tenantId?: string) {
  const filter: Record<string, string> = {};
  for (const name of ['action', 'targetId', 'cursor'] as const) {
    const value = url.searchParams.get(name);
    if (value !== null && value !== '') filter[name] = value;
  }
  const list = await api.audit.list({ ...filter, ...(tenantId === undefined ? {} : { tenantId }) });
  return { title: 'Audit', ...list, filter, actions: [...ACTIONS] };
}
