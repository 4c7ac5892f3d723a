import { z } from 'zod';
import { PermissionBlock, PermissionChange } from '../permissions.ts';
import { Actor, Can, DigestText, Instant, id } from './common.ts';
import { NextCursor, Page } from './paging.ts';
import { ReportSummary, Verdict } from './reports.ts';
import { Decision, SkillDiff, SkillSummary } from './skills.ts';

/** Why a version goes back to its author. Each has its sentence in the dashboard and the CLI. */
export const ReasonCode = z
  .enum([
    'permission_too_wide',
    'permission_unexplained',
    'undeclared_access',
    'unsafe_code',
    'secret_in_package',
    'misleading_description',
    'missing_tests',
    'quality',
    'policy',
    'other',
  ])
  .meta({ id: 'ReasonCode' });
export type ReasonCode = z.infer<typeof ReasonCode>;

/** A86. *Ask for changes* is `rejected` with reason codes. */
export const ReviewRequest = z
  .object({
    status: z.enum(['approved', 'rejected']),
    notes: z.string().max(10_000).default(''),
    reasonCodes: z.array(ReasonCode).max(10).default([]),
    /** Ids of findings that the reviewer ticked; each error or warning that does not block needs one. */
    acknowledged: z.array(z.string()).max(1000).default([]),
    /** The report that the reviewer read; another digest is REVIEW_CONFLICT. */
    reportDigest: DigestText.optional(),
    /** The revision that the reviewer saw; another one is REVIEW_CONFLICT. */
    revision: z.int().min(0).optional(),
  })
  .meta({ id: 'ReviewRequest' });
export type ReviewRequest = z.infer<typeof ReviewRequest>;

export const ReviewAnswer = z.object({ skill: SkillSummary, decision: Decision }).meta({ id: 'ReviewAnswer' });
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;

/** What waits for a reviewer: a version of a skill, or the base permissions of an agent. Oldest first. */
export const ReviewTask = z
  .object({
    kind: z.enum(['skill', 'base']),
    /** Version id or base id. */
    id: z.string(),
    tenantId: id('tenant'),
    tenantName: z.string(),
    title: z.string().meta({ description: 'invoice-sync 2.4.0, or base permissions of an agent' }),
    version: z.string().nullable(),
    wider: z.int().meta({ description: 'Permissions that get wider than in the last approved version' }),
    score: z.int().nullable(),
    decision: Verdict.nullable(),
    critical: z.int(),
    high: z.int(),
    submittedBy: Actor,
    submittedAt: Instant,
  })
  .meta({ id: 'ReviewTask' });
export type ReviewTask = z.infer<typeof ReviewTask>;
export const ReviewTaskList = z
  .object({ reviews: z.array(ReviewTask), nextCursor: NextCursor })
  .meta({ id: 'ReviewTaskList' });
export const ReviewQuery = Page.extend({ tenantId: id('tenant').optional() });

/** A gate with the id `analysis-failed` or `findings-omitted` is ticked like a finding: its id goes into `acknowledged`. */
export const Gate = z
  .object({
    id: z.string(),
    state: z.enum(['ok', 'attention', 'stops']),
    text: z.string(),
    detail: z.string().optional(),
  })
  .meta({ id: 'Gate' });
export type Gate = z.infer<typeof Gate>;

/** What an approval opens, beside the button: who can then reach what, and where that is enforced. */
export const Effect = z
  .object({
    agents: z.int().meta({ description: 'Agents that run an earlier version now' }),
    tenantAgents: z.int().meta({ description: 'Agents of the tenant that could install it' }),
    clusters: z.array(
      z.object({
        id: id('cluster'),
        name: z.string(),
        mode: z.enum(['soft', 'hard']),
        enforcement: z.enum(['verified', 'unverified', 'none', 'unknown']),
      }),
    ),
    hosts: z.array(z.string()),
  })
  .meta({ id: 'Effect' });
export type Effect = z.infer<typeof Effect>;

/** Everything that a reviewer decides by, in one answer. The report's findings are read from the report. */
export const ReviewWorkspace = z
  .object({
    skill: SkillSummary,
    permissions: PermissionBlock,
    diff: SkillDiff,
    fileChanges: z.array(
      z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed', 'same']), size: z.int() }),
    ),
    report: ReportSummary.nullable(),
    newFindings: z.array(z.string()).nullable().meta({
      description:
        'Ids of findings that the report of the last approved version does not have: their rule, file or line of source is another. Null without such a report',
    }),
    gates: z.array(Gate),
    effect: Effect,
    decisions: z.array(Decision),
    revision: z.int(),
    can: Can,
  })
  .meta({ id: 'ReviewWorkspace' });
export type ReviewWorkspace = z.infer<typeof ReviewWorkspace>;

export const BaseReview = z
  .object({
    id: id('base'),
    tenantId: id('tenant'),
    tenantName: z.string(),
    agentId: id('agent'),
    agentName: z.string(),
    revision: z.int(),
    permissions: PermissionBlock,
    changes: z.array(PermissionChange),
    state: z.enum(['pending_review', 'approved', 'rejected']),
    proposedBy: Actor,
    proposedAt: Instant,
    notes: z.string().nullable(),
    can: Can,
  })
  .meta({ id: 'BaseReview' });
export type BaseReview = z.infer<typeof BaseReview>;
export const BaseReviewRequest = z
  .object({ status: z.enum(['approved', 'rejected']), notes: z.string().max(10_000).default('') })
  .meta({ id: 'BaseReviewRequest' });
