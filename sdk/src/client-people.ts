import type { z } from 'zod';
import { path, type Transport } from './transport.ts';
import type { PageInput } from './wire/paging.ts';
import {
  type ApiKeyCreate,
  ApiKeyCreated,
  ApiKeyList,
  type InvitationAccept,
  type InvitationCreate,
  InvitationCreated,
  InvitationList,
  InvitationPreview,
  type KeyRotation,
  MemberList,
  type MemberUpdate,
  type OwnKeyRotation,
  type PlatformInvitationCreate,
  Tenant,
  type TenantCreate,
  TenantCreated,
  TenantList,
  type TenantUpdate,
} from './wire/people.ts';

/** Tenants, their people and their invitations. */
export function tenantCalls({ json, nothing }: Transport) {
  const of = (tenantId: string, rest = '') => path`/api/tenants/${tenantId}` + rest;
  return {
    list: (page: PageInput = {}) => json({ method: 'GET', path: '/api/admin/tenants', query: page }, TenantList),
    create: (body: z.input<typeof TenantCreate>) =>
      json({ method: 'POST', path: '/api/admin/tenants', json: body }, TenantCreated),
    get: (tenantId: string) => json({ method: 'GET', path: of(tenantId) }, Tenant),
    update: (tenantId: string, body: z.input<typeof TenantUpdate>) =>
      json({ method: 'PATCH', path: of(tenantId), json: body, idempotent: true }, Tenant),
    members: (tenantId: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(tenantId, '/members'), query: page }, MemberList),
    invitations: (tenantId: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(tenantId, '/invitations'), query: page }, InvitationList),
    invite: (tenantId: string, body: z.input<typeof InvitationCreate>) =>
      json({ method: 'POST', path: of(tenantId, '/invitations'), json: body }, InvitationCreated),
    changeRole: (tenantId: string, userId: string, body: z.input<typeof MemberUpdate>) =>
      nothing({ method: 'PUT', path: of(tenantId) + path`/members/${userId}`, json: body }),
    removeMember: (tenantId: string, userId: string) =>
      nothing({ method: 'DELETE', path: of(tenantId) + path`/members/${userId}` }),
    withdrawInvitation: (tenantId: string, invitationId: string) =>
      nothing({ method: 'DELETE', path: of(tenantId) + path`/invitations/${invitationId}` }),
  };
}

/** API keys of tenants. */
export function keyCalls({ json, nothing }: Transport) {
  const of = (tenantId: string) => path`/api/tenants/${tenantId}/keys`;
  return {
    list: (tenantId: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(tenantId), query: page }, ApiKeyList),
    /** The secret in the answer is shown once. */
    create: (tenantId: string, body: z.input<typeof ApiKeyCreate>) =>
      json({ method: 'POST', path: of(tenantId), json: body }, ApiKeyCreated),
    revoke: (tenantId: string, keyId: string) => nothing({ method: 'DELETE', path: of(tenantId) + path`/${keyId}` }),
    /** A new secret, shown once; the one before works on for `overlapHours`. */
    rotate: (tenantId: string, keyId: string, body: z.input<typeof KeyRotation>) =>
      json({ method: 'POST', path: of(tenantId) + path`/${keyId}/rotation`, json: body }, ApiKeyCreated),
    /** Ends the secret before the last rotation. */
    endOverlap: (tenantId: string, keyId: string) =>
      nothing({ method: 'DELETE', path: of(tenantId) + path`/${keyId}/rotation` }),
    /** Revokes the key that is the credential of this client. */
    revokeOwn: () => nothing({ method: 'DELETE', path: '/api/keys/own' }),
    /** A new secret for the key that is the credential of this client. */
    rotateOwn: (body: z.input<typeof OwnKeyRotation>) =>
      json({ method: 'POST', path: '/api/keys/own/rotation', json: body }, ApiKeyCreated),
  };
}

/** What somebody who was invited does, and invitations to the platform. */
export function invitationCalls({ json, nothing }: Transport) {
  return {
    /** Invites to the platform; a tenant invites with `tenants.invite`. */
    create: (body: z.input<typeof PlatformInvitationCreate>) =>
      json({ method: 'POST', path: '/api/admin/invitations', json: body }, InvitationCreated),
    preview: (token: string) =>
      json({ method: 'POST', path: '/api/invitations/preview', json: { token }, idempotent: true }, InvitationPreview),
    accept: (body: z.input<typeof InvitationAccept>) =>
      nothing({ method: 'POST', path: '/api/invitations/accept', json: body }),
  };
}
