import { z } from 'zod';
import { DRY_RUN_CASES_MAX, DRY_RUN_INPUT_BYTES_MAX, DRY_RUNS_PER_VERSION_MAX } from '../limits.ts';
import { Actor, Can, DigestText, Instant, id } from './common.ts';
import { DryRunResult, DryRunVerdict } from './dry-runs.ts';
import { Finding } from './reports.ts';

/** Whether a tenant's versions need a dry-run: with `required` an approval waits until one gave whole evidence. */
export const DryRunPolicy = z.enum(['required', 'optional']).meta({ id: 'DryRunPolicy' });
export type DryRunPolicy = z.infer<typeof DryRunPolicy>;

export const DryRunProgress = z
  .object({
    step: z.enum(['preparing', 'running', 'reporting']),
    /** Tool and case that runs now. */
    what: z.string().max(200).nullable(),
    done: z.int().min(0),
    total: z.int().min(0),
  })
  .meta({ id: 'DryRunProgress' });
export type DryRunProgress = z.infer<typeof DryRunProgress>;

/** One dry-run of one version: all cases of its tests, or one tool with the input that a reviewer wrote. */
export const DryRun = z
  .object({
    id: id('dryRun'),
    versionId: id('version'),
    state: z
      .enum(['queued', 'running', 'done', 'unavailable'])
      .meta({ description: 'unavailable: nobody ran it, and `reason` says why' }),
    reason: z.string().nullable(),
    /** Null: every tool with every case of the package. */
    tool: z.string().nullable(),
    /** Null for the publishing itself, which asks for the first run. */
    requestedBy: Actor.nullable(),
    cluster: z.object({ id: id('cluster'), name: z.string() }).nullable(),
    tries: z.int(),
    progress: DryRunProgress.nullable(),
    /** The worst of its runs; null before it is done. */
    verdict: DryRunVerdict.nullable(),
    counts: z.boolean().meta({ description: 'True when its evidence is whole and from a sandbox that proved itself' }),
    findings: z.array(Finding),
    /** sha256 of the report's bytes. */
    digest: DigestText.nullable(),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'DryRun' });
export type DryRun = z.infer<typeof DryRun>;

/** Every dry-run of a version, newest first; they are few. */
export const DryRunList = z
  .object({
    dryRuns: z.array(DryRun).max(DRY_RUNS_PER_VERSION_MAX),
    policy: DryRunPolicy,
    /** Why nothing would run now; null when a cluster is ready. */
    unavailable: z.string().nullable(),
    can: Can,
  })
  .meta({ id: 'DryRunList' });
export type DryRunList = z.infer<typeof DryRunList>;

/** Asks for one more run: with nothing, of all cases; with a tool, of that tool with this input. */
export const DryRunRequest = z
  .object({
    tool: z.string().max(200).optional(),
    input: z
      .record(z.string(), z.unknown())
      .refine(
        (input) => new TextEncoder().encode(JSON.stringify(input)).length <= DRY_RUN_INPUT_BYTES_MAX,
        `at most ${DRY_RUN_INPUT_BYTES_MAX} bytes`,
      )
      .optional(),
  })
  .refine(({ tool, input }) => input === undefined || tool !== undefined, {
    path: ['tool'],
    message: 'an input is for one tool: say which',
  })
  .meta({ id: 'DryRunRequest' });
export type DryRunRequest = z.infer<typeof DryRunRequest>;

/** One tool with one input: what came of it, or why there is nothing. */
export const DryRunCase = z
  .object({
    tool: z.string().max(200),
    case: z.string().max(300).nullable(),
    result: DryRunResult.nullable(),
    /** `not_run`: there was no input for it. `too_large`: it ran, and its evidence is more than can be kept. */
    missing: z.object({ why: z.enum(['not_run', 'too_large']), text: z.string().max(1000) }).nullable(),
  })
  .refine((one) => (one.result === null) !== (one.missing === null), 'wants a result, or why there is none')
  .meta({ id: 'DryRunCase' });
export type DryRunCase = z.infer<typeof DryRunCase>;

/**
 * What a cluster signs: bound to this run, this try of it and these bytes, so that no report stands for another. Its
 * RFC 8785 form is what is stored, and its sha256 is the digest of the report.
 */
export const DryRunReport = z
  .object({
    v: z.literal(1),
    dryRunId: id('dryRun'),
    lease: id('lease'),
    clusterId: id('cluster'),
    contentDigest: DigestText,
    cases: z
      .array(DryRunCase)
      .min(1)
      .max(DRY_RUN_CASES_MAX * 2),
  })
  .meta({ id: 'DryRunReport' });
export type DryRunReport = z.infer<typeof DryRunReport>;
/** `typ` of the compact JWS over `{digest}` of a report. */
export const DRY_RUN_REPORT_TYPE = 'aegis-dry-run-report+jws';

/** What a cluster says of its sandbox whenever it asks for work. */
export const DryRunClaim = z
  .object({
    engine: z.discriminatedUnion('proved', [
      z.object({ proved: z.literal(true), runtime: z.string().max(100), imageDigest: z.string().max(200) }),
      z.object({ proved: z.literal(false), reason: z.string().max(1000) }),
    ]),
  })
  .meta({ id: 'DryRunClaim' });
export type DryRunClaim = z.infer<typeof DryRunClaim>;

/** One run for one cluster, for as long as its lease lasts. */
export const DryRunJob = z
  .object({
    id: id('dryRun'),
    lease: id('lease'),
    leaseSeconds: z.int(),
    tenantId: id('tenant'),
    name: z.string(),
    version: z.string(),
    archiveDigest: DigestText,
    contentDigest: DigestText,
    tool: z.string().nullable(),
    input: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'DryRunJob' });
export type DryRunJob = z.infer<typeof DryRunJob>;
export const DryRunClaimAnswer = z.object({ job: DryRunJob.nullable() }).meta({ id: 'DryRunClaimAnswer' });

/** What a cluster says of the run that it holds. */
export const DryRunUpdate = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('running'), lease: id('lease'), progress: DryRunProgress }),
    z.object({ state: z.literal('failed'), lease: id('lease'), reason: z.string().max(1000) }),
    z.object({ state: z.literal('done'), report: DryRunReport, signature: z.string().max(4000) }),
  ])
  .meta({ id: 'DryRunUpdate' });
export type DryRunUpdate = z.infer<typeof DryRunUpdate>;
export const DryRunUpdateAnswer = z
  .object({ state: z.enum(['queued', 'running', 'done', 'unavailable']) })
  .meta({ id: 'DryRunUpdateAnswer' });
