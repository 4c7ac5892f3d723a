import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { BlockedQuery } from '@aegis/skill-sdk/wire/blocked';

const FILTERS = ['tenantId', 'agentId', 'clusterId', 'skill', 'reason', 'verdict', 'q', 'cursor'] as const;

/** The blocked requests that the URL asks for; a filter that is not valid is left out. `tenantId` narrows to one tenant. */
export async function readBlocked(api: App.Locals['api'], url: URL, tenantId?: string) {
  const filter: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = url.searchParams.get(name);
    if (value !== null && BlockedQuery.shape[name].safeParse(value).success) filter[name] = value;
  }
  if (tenantId !== undefined) filter.tenantId = tenantId;
  const query = BlockedQuery.parse({ ...filter, limit: PAGE_ROWS_MAX });
  return {
    title: 'Blocked requests',
    list: await api.blocked.list(query),
    filter,
    readAt: new Date().toISOString(),
  };
}
