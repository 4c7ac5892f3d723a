import type { z } from 'zod';
import { path, type Transport } from './transport.ts';
import {
  CiToken,
  type CiTokenRequest,
  TrustedPublisher,
  type TrustedPublisherCreate,
  TrustedPublisherList,
} from './wire/publishers.ts';

/** Publishing from CI without a secret: who is trusted, and the exchange of a job's OIDC token. */
export function publisherCalls({ json, nothing }: Transport) {
  const of = (tenantId: string) => path`/api/tenants/${tenantId}/publishers`;
  return {
    list: (tenantId: string) => json({ method: 'GET', path: of(tenantId) }, TrustedPublisherList),
    create: (tenantId: string, body: z.input<typeof TrustedPublisherCreate>) =>
      json({ method: 'POST', path: of(tenantId), json: body }, TrustedPublisher),
    remove: (tenantId: string, publisherId: string) =>
      nothing({ method: 'DELETE', path: of(tenantId) + path`/${publisherId}` }),
    /** A token of fifteen minutes for one skill. Throws INVALID_GRANT, which says what did not fit. */
    exchange: (body: z.input<typeof CiTokenRequest>) =>
      json({ method: 'POST', path: '/api/ci/token', json: body, token: () => null }, CiToken),
  };
}
