import type { AllowanceName } from '@aegis/skill-sdk/limits';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const TENANT_IN_PATH = /^\/api\/tenants\/(ten-[0-9a-z]{26})(?:\/|$)/;

/** What a request takes of its caller's allowance, and of the tenant's; null: it is a plain read, counted per isolate. */
export interface RouteSpend {
  name: AllowanceName;
  tenantId: string | null;
}

/** Which allowance a request takes from, by its method and address alone. Pure. */
export function spendOfRoute(method: string, url: URL): RouteSpend | null {
  const { pathname, searchParams } = url;
  const tenantId = TENANT_IN_PATH.exec(pathname)?.[1] ?? searchParams.get('tenantId');
  if (READING.has(method)) {
    const searches = pathname === '/api/skills/private' && (searchParams.get('q') ?? '') !== '';
    return searches ? { name: 'search', tenantId } : null;
  }
  if (pathname === '/api/skills/private/upload') return { name: 'upload', tenantId };
  if (method === 'POST' && pathname.endsWith('/invitations')) return { name: 'invitation', tenantId };
  return { name: 'write', tenantId };
}
