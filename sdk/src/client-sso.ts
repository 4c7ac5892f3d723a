import type { z } from 'zod';
import { path, type Transport } from './transport.ts';
import { type SsoConnectionUpdate, SsoDomain, type SsoDomainCreate, SsoSettings, SsoTest } from './wire/sso.ts';

/** Single sign-on of a tenant. A sign-in itself happens in a browser. */
export function ssoCalls({ json, nothing }: Transport) {
  const of = (tenantId: string) => path`/api/tenants/${tenantId}/sso`;
  const domain = (tenantId: string, domainId: string) => of(tenantId) + path`/domains/${domainId}`;
  return {
    get: (tenantId: string) => json({ method: 'GET', path: of(tenantId) }, SsoSettings),
    configure: (tenantId: string, body: z.input<typeof SsoConnectionUpdate>) =>
      json({ method: 'PUT', path: of(tenantId), json: body }, SsoSettings),
    remove: (tenantId: string) => nothing({ method: 'DELETE', path: of(tenantId) }),
    test: (tenantId: string) => json({ method: 'POST', path: `${of(tenantId)}/test`, json: {} }, SsoTest),
    addDomain: (tenantId: string, body: z.input<typeof SsoDomainCreate>) =>
      json({ method: 'POST', path: `${of(tenantId)}/domains`, json: body }, SsoDomain),
    /** Looks for the TXT record now. */
    checkDomain: (tenantId: string, domainId: string) =>
      json({ method: 'POST', path: `${domain(tenantId, domainId)}/check`, json: {} }, SsoDomain),
    removeDomain: (tenantId: string, domainId: string) =>
      nothing({ method: 'DELETE', path: domain(tenantId, domainId) }),
    /** A platform admin vouches for it. */
    confirmDomain: (tenantId: string, domainId: string) =>
      json({ method: 'PUT', path: path`/api/admin/tenants/${tenantId}/sso/domains/${domainId}`, json: {} }, SsoDomain),
    /** Connects the account of this session with the sign-in that found it; the browser kept which. */
    link: () => nothing({ method: 'POST', path: '/api/account/sso', json: {} }),
  };
}
