import { z } from 'zod';
import { SKILL_NAME_LENGTH_MAX } from '../limits.ts';
import { Can, Instant, id } from './common.ts';

const SkillName = z
  .string()
  .max(SKILL_NAME_LENGTH_MAX)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'the name of a skill: lower-case letters, digits and hyphens');
const ClaimValue = z.string().trim().min(1).max(256);
const NumericId = z.string().regex(/^\d{1,20}$/, 'a number, not a name: names can be taken over');

/** An issuer that this registry's operator trusts. `claims`: which values of its tokens a publisher must pin. */
export const TrustedIssuer = z
  .object({
    id: z.string(),
    issuer: z.string(),
    kind: z.enum(['github', 'oidc']),
    claims: z.array(z.string()),
  })
  .meta({ id: 'TrustedIssuer' });
export type TrustedIssuer = z.infer<typeof TrustedIssuer>;

/** Who may publish one skill without a secret. `claims` are immutable ids; all of them must be in the token. */
export const TrustedPublisher = z
  .object({
    id: id('publisher'),
    skillName: z.string(),
    issuerId: z.string(),
    label: z.string().meta({ description: 'For people, such as owner/name; nothing is judged by it' }),
    claims: z.record(z.string(), z.string()),
    /** GitHub: file names below .github/workflows; any of them. */
    workflows: z.array(z.string()),
    environment: z.string().nullable(),
    /** True until the skill has its first version. */
    pending: z.boolean(),
    createdBy: z.string(),
    createdAt: Instant,
    lastUsedAt: Instant.nullable(),
  })
  .meta({ id: 'TrustedPublisher' });
export type TrustedPublisher = z.infer<typeof TrustedPublisher>;
export const TrustedPublisherList = z
  .object({
    publishers: z.array(TrustedPublisher),
    issuers: z.array(TrustedIssuer),
    /** What a job asks for as `aud`. */
    audience: z.string(),
    can: Can,
  })
  .meta({ id: 'TrustedPublisherList' });
export type TrustedPublisherList = z.infer<typeof TrustedPublisherList>;

const Workflow = z.string().regex(/^[\w.-]{1,100}\.ya?ml$/, 'the file name of a workflow, such as publish.yml');
export const TrustedPublisherCreate = z
  .object({
    skillName: SkillName,
    issuerId: z.string().max(40),
    label: z.string().trim().min(1).max(140),
    claims: z.record(z.string().max(64), ClaimValue),
    workflows: z.array(Workflow).max(5).default([]),
    environment: ClaimValue.nullable().default(null),
  })
  .meta({ id: 'TrustedPublisherCreate' });
/** What GitHub's publishers pin; the numbers stay when a repository is renamed. */
export const GithubClaims = z.object({ repository_id: NumericId, repository_owner_id: NumericId }).strict();

export const CiTokenRequest = z
  .object({
    token: z.string().min(1).max(8192).meta({ description: 'The OIDC token of the job, with our audience' }),
    skill: SkillName,
    /** Only where several tenants trust the same job for a skill of that name. */
    tenantId: id('tenant').optional(),
  })
  .meta({ id: 'CiTokenRequest' });
export const CiToken = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    tenant_id: id('tenant'),
    skill: z.string(),
  })
  .meta({ id: 'CiToken' });
