import { z } from 'zod';
import { PermissionBlock, PermissionChange } from '../permissions.ts';
import { Actor, Can, DigestText, Instant, id } from './common.ts';
import { NextCursor, Page } from './paging.ts';
import { ReportSummary } from './reports.ts';

/** Derived from the decisions: revoked > yanked > deprecated > last decision. */
export const SkillStatus = z
  .enum(['pending_review', 'approved', 'rejected', 'deprecated', 'yanked', 'revoked'])
  .meta({ id: 'SkillStatus' });
export type SkillStatus = z.infer<typeof SkillStatus>;

/** A83: what an upload answers, new (201) or again (200). */
export const UploadAnswer = z
  .object({ id: id('version'), name: z.string(), version: z.string(), status: SkillStatus })
  .meta({ id: 'UploadAnswer' });
export type UploadAnswer = z.infer<typeof UploadAnswer>;

/** One version of one private skill, as a list shows it. */
export const SkillSummary = z
  .object({
    id: id('version'),
    tenantId: id('tenant'),
    tenantName: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string(),
    author: z.string().nullable(),
    status: SkillStatus,
    /** "4 hosts, 2 secrets": what the skill costs. */
    reach: z.string(),
    securityLevel: z.enum(['low', 'medium', 'high', 'critical']),
    agents: z.int().meta({ description: 'Agents that run this skill, in any version' }),
    versions: z.int().meta({ description: 'Versions of this skill' }),
    packageSize: z.int(),
    archiveDigest: DigestText,
    contentDigest: DigestText,
    report: ReportSummary.nullable(),
    publishedBy: Actor,
    createdAt: Instant,
    latest: z
      .boolean()
      .meta({ description: 'The highest approved version that is neither yanked, revoked nor a prerelease' }),
  })
  .meta({ id: 'SkillSummary' });
export type SkillSummary = z.infer<typeof SkillSummary>;

export const DecisionKind = z.enum([
  'approved',
  'rejected',
  'deprecated',
  'undeprecated',
  'yanked',
  'unyanked',
  'revoked',
  'unrevoked',
]);

/** One row of the append-only decisions of a version. */
export const Decision = z
  .object({
    id: id('decision'),
    revision: z.int(),
    kind: DecisionKind,
    notes: z.string(),
    reasonCodes: z.array(z.string()),
    /** Finding ids that the reviewer ticked. */
    acknowledged: z.array(z.string()),
    replacement: z.string().nullable(),
    decidedBy: Actor,
    decidedAt: Instant,
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;

/** A65-A78 as the API shows them. */
export const Skill = SkillSummary.extend({
  manifest: z.record(z.string(), z.unknown()).meta({ description: 'The manifest inside the package, normalised' }),
  manifestValid: z.boolean(),
  validationErrors: z.array(z.object({ pointer: z.string(), detail: z.string() })).nullable(),
  permissions: PermissionBlock,
  packageUrl: z.string(),
  packageChecksum: DigestText,
  unpackedSize: z.int(),
  files: z.int(),
  reviewedBy: Actor.nullable(),
  reviewedAt: Instant.nullable(),
  reviewNotes: z.string().nullable(),
  decisions: z.array(Decision),
  /** Place in the review queue, from 1; null when it does not wait. */
  queuePosition: z.int().nullable(),
  updatedAt: Instant,
  can: Can,
}).meta({ id: 'Skill' });
export type Skill = z.infer<typeof Skill>;

export const SkillDetail = z.object({ skill: Skill, installationCount: z.int() }).meta({ id: 'SkillDetail' });
export type SkillDetail = z.infer<typeof SkillDetail>;

export const SkillQuery = Page.extend({
  q: z.string().max(200).optional().meta({ description: 'Name, host or digest contains this' }),
  status: SkillStatus.optional(),
  name: z.string().optional().meta({ description: 'Exactly this skill: all its versions' }),
  tenantId: id('tenant').optional().meta({ description: 'Platform people choose; others see their own' }),
  all: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'Every version; else the newest of each skill' }),
});
export const SkillList = z.object({ skills: z.array(SkillSummary), nextCursor: NextCursor }).meta({ id: 'SkillList' });
export type SkillList = z.infer<typeof SkillList>;

export const VersionList = z
  .object({ versions: z.array(SkillSummary), nextCursor: NextCursor })
  .meta({ id: 'VersionList' });

export const SkillFile = z
  .object({ path: z.string(), size: z.int(), mode: z.enum(['0644', '0755']), sha256: z.string(), text: z.boolean() })
  .meta({ id: 'SkillFile' });
export type SkillFile = z.infer<typeof SkillFile>;
export const SkillFiles = z.object({ files: z.array(SkillFile) }).meta({ id: 'SkillFiles' });
export const SkillFileContent = z
  .object({
    path: z.string(),
    size: z.int(),
    /** Null for a binary file. */
    content: z.string().nullable(),
    /** The same path in the last approved version; null when it is new or the file is binary. */
    approvedContent: z.string().nullable(),
    change: z.enum(['added', 'changed', 'same']),
  })
  .meta({ id: 'SkillFileContent' });
export type SkillFileContent = z.infer<typeof SkillFileContent>;

/** Permissions against the last approved version of the same skill. */
export const SkillDiff = z
  .object({
    against: z.object({ id: id('version'), version: z.string() }).nullable(),
    changes: z.array(PermissionChange),
    widens: z.boolean(),
  })
  .meta({ id: 'SkillDiff' });
export type SkillDiff = z.infer<typeof SkillDiff>;

/** DSSE envelope over an in-toto Statement v1. */
export const ApprovalEnvelope = z
  .object({
    payloadType: z.literal('application/vnd.in-toto+json'),
    payload: z.string().meta({ description: 'base64 of the statement' }),
    signatures: z.array(z.object({ keyid: z.string(), sig: z.string() })).min(1),
  })
  .meta({ id: 'ApprovalEnvelope' });
export type ApprovalEnvelope = z.infer<typeof ApprovalEnvelope>;

/** What `install` needs, in one answer: the version that NAME[@VERSION] means now. */
export const Resolution = z
  .object({
    id: id('version'),
    tenantId: id('tenant'),
    name: z.string(),
    version: z.string(),
    status: SkillStatus,
    archiveDigest: DigestText,
    contentDigest: DigestText,
    packageSize: z.int(),
    packageUrl: z.string(),
    approval: ApprovalEnvelope,
    /** Set when the version is deprecated. */
    warning: z.string().nullable(),
    replacement: z.string().nullable(),
  })
  .meta({ id: 'Resolution' });
export type Resolution = z.infer<typeof Resolution>;
export const ResolveQuery = z.object({
  name: z.string(),
  version: z.string().optional(),
  tenantId: id('tenant').optional(),
});

/** One attempt to publish: where it is, or why it ended. */
export const PublishAttempt = z
  .object({
    id: id('attempt'),
    state: z.enum(['received', 'analysing', 'in_review', 'decided', 'failed']),
    versionId: id('version').nullable(),
    status: SkillStatus.nullable(),
    queuePosition: z.int().nullable(),
    problem: z.object({ code: z.string(), detail: z.string() }).nullable(),
    startedAt: Instant,
  })
  .meta({ id: 'PublishAttempt' });
export type PublishAttempt = z.infer<typeof PublishAttempt>;
/** Response header of an upload: the id of its attempt, also when it failed. */
export const ATTEMPT_HEADER = 'aegis-attempt';

export const MarkRequest = z.object({
  reason: z.string().trim().min(1).max(2000),
  replacement: z.string().max(200).optional().meta({ description: 'NAME@VERSION to use instead' }),
});
export const LiftRequest = z.object({ reason: z.string().trim().max(2000).default('') });
