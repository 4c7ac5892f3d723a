import { z } from 'zod';
import { TENANT_ROLES } from '../actions.ts';
import { SSO_GROUPS_MAX } from '../limits.ts';
import { Can, Instant, id } from './common.ts';
import { Email } from './people.ts';

/** Roles that a provider may give. Owners are made by owners: whoever runs the provider must not become one. */
export const SsoRole = z.enum(TENANT_ROLES).exclude(['owner']).meta({ id: 'SsoRole' });
export type SsoRole = z.infer<typeof SsoRole>;
const Group = z.string().trim().min(1).max(256);
const GroupRole = z.object({ group: Group, role: SsoRole }).meta({ id: 'SsoGroupRole' });

/** How people of a tenant sign in through their company. The client's secret is never shown. */
export const SsoConnection = z
  .object({
    issuer: z.string(),
    clientId: z.string(),
    hasSecret: z.boolean(),
    groupsClaim: z.string(),
    roles: z.array(GroupRole),
    /** Of whoever is in none of the groups; null: they get no access. */
    fallbackRole: SsoRole.nullable(),
    /** Values of `amr` or `acr` that say that a second factor was used. */
    mfaValues: z.array(z.string()),
    mfaRequired: z.boolean(),
    required: z.boolean(),
    updatedAt: Instant,
  })
  .meta({ id: 'SsoConnection' });
export type SsoConnection = z.infer<typeof SsoConnection>;

export const SsoDomain = z
  .object({
    id: id('ssoDomain'),
    domain: z.string(),
    /** The TXT record that proves it. */
    record: z.object({ name: z.string(), value: z.string() }),
    verifiedAt: Instant.nullable(),
    verifiedBy: z.enum(['dns', 'admin']).nullable(),
  })
  .meta({ id: 'SsoDomain' });
export type SsoDomain = z.infer<typeof SsoDomain>;

export const SsoSettings = z
  .object({
    connection: SsoConnection.nullable(),
    domains: z.array(SsoDomain),
    /** What the provider must allow as redirect URI. */
    redirectUri: z.string(),
    can: Can,
  })
  .meta({ id: 'SsoSettings' });
export type SsoSettings = z.infer<typeof SsoSettings>;

export const SsoConnectionUpdate = z
  .object({
    issuer: z.url().max(512),
    clientId: z.string().trim().min(1).max(256),
    /** Left out: the one before stays, as long as the issuer does. null: a client without a secret. */
    clientSecret: z.string().min(1).max(1024).nullable().optional(),
    groupsClaim: z.string().trim().min(1).max(128).default('groups'),
    roles: z.array(GroupRole).max(SSO_GROUPS_MAX).default([]),
    fallbackRole: SsoRole.nullable().default(null),
    mfaValues: z.array(z.string().trim().min(1).max(256)).max(20).default([]),
    mfaRequired: z.boolean().default(false),
    required: z.boolean().default(false),
  })
  .meta({ id: 'SsoConnectionUpdate' });

export const SsoDomainCreate = z
  .object({
    domain: z
      .string()
      .trim()
      .toLowerCase()
      .max(253)
      .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, 'a domain, such as acme.example'),
  })
  .meta({ id: 'SsoDomainCreate' });

/** What a try of the connection found, in the order in which it was looked at. */
export const SsoTest = z
  .object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) })
  .meta({ id: 'SsoTest' });
export type SsoTest = z.infer<typeof SsoTest>;

export const SsoStart = z
  .object({
    email: Email,
    /** Where to go after it: a path of the dashboard. */
    next: z.string().max(2048).optional(),
  })
  .meta({ id: 'SsoStart' });
/** Where the browser goes to sign in. */
export const SsoStarted = z.object({ url: z.url() }).meta({ id: 'SsoStarted' });

/** Why a sign-in through a company came to nothing, as the sign-in page is told (`/sign-in?sso=…`). */
export const SSO_REFUSALS = [
  'attempt',
  'provider',
  'token',
  'email_unverified',
  'foreign_domain',
  'no_role',
  'second_factor',
  'link',
] as const;
export type SsoRefusal = (typeof SSO_REFUSALS)[number];
