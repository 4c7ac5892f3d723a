import { z } from 'zod';

export const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']).meta({ id: 'Severity' });
export type Severity = z.infer<typeof Severity>;

export const Verdict = z
  .enum(['allow', 'review', 'block'])
  .meta({ id: 'Verdict', description: 'block: any critical; review: any high, any level, or a score below 70' });
export type Verdict = z.infer<typeof Verdict>;

/** The six rows of the security checklist (A162-A167); `level` belongs to the check and says nothing about severity. */
export const Check = z.enum([
  'no_eval',
  'no_hardcoded_secrets',
  'declared_network',
  'declared_files',
  'no_shell_exec',
  'input_validation',
]);
export type Check = z.infer<typeof Check>;
export const Level = z.enum(['error', 'warning']);

/** One capability, from the code (static) or from a run (observed). Net values are `host:port`; `complete` false: there may be more. */
export const CapabilityEvent = z
  .object({
    source: z.enum(['static', 'observed']),
    kind: z.enum(['net', 'fs.read', 'fs.write', 'env', 'exec']),
    values: z.array(z.string()),
    complete: z.boolean(),
    at: z.object({ file: z.string(), line: z.int(), column: z.int() }).optional(),
    tool: z.string().optional(),
    confidence: z.enum(['low', 'medium', 'high']),
  })
  .meta({ id: 'CapabilityEvent' });
export type CapabilityEvent = z.infer<typeof CapabilityEvent>;

export const FlowStep = z.object({ file: z.string(), line: z.int(), column: z.int(), note: z.string() });
export type FlowStep = z.infer<typeof FlowStep>;

export const Finding = z
  .object({
    /** Stable within the version: ruleId, file and the digest of the evidence. */
    id: z.string(),
    ruleId: z.string(),
    /** The capability or threat: eval, exec, net, fs, env, credentials, secret, injection, obfuscation, archive, unanalysed … */
    kind: z.string(),
    severity: Severity,
    check: Check.optional(),
    level: Level.optional(),
    file: z.string(),
    line: z.int(),
    column: z.int(),
    message: z.string(),
    fix: z.string(),
    cwe: z.string().optional(),
    /** The line of source, at most 200 characters around the column. */
    excerpt: z.string().optional(),
    flow: z.array(FlowStep).optional(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

export const Deduction = z
  .object({ ruleId: z.string(), severity: Severity, count: z.int(), points: z.number() })
  .meta({ id: 'Deduction' });
export type Deduction = z.infer<typeof Deduction>;

export const NotInspected = z.object({ file: z.string(), reason: z.string() });
export type NotInspected = z.infer<typeof NotInspected>;

/** What the code does, against what the manifest grants (A151-A154). */
export const Verification = z
  .object({
    valid: z.boolean(),
    undeclaredNetworkCalls: z.array(z.string()),
    undeclaredFileAccess: z.array(z.string()),
    undeclaredEnvironment: z.array(z.string()),
    unresolvable: z.array(z.string()),
    overDeclared: z.array(z.string()),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof Verification>;

/**
 * A static report. Its RFC 8785 form holds no clock, no duration and no path from outside the package, so it is the
 * same on every runtime, and its sha256 is the report digest.
 */
export const StaticReport = z
  .object({
    v: z.literal(1),
    kind: z.literal('static'),
    rulesVersion: z.string(),
    contentDigest: z.string().nullable(),
    decision: Verdict,
    score: z.int().min(0).max(100),
    deductions: z.array(Deduction),
    findings: z.array(Finding),
    /** Findings beyond FINDINGS_MAX, counted and not listed. */
    findingsOmitted: z.int(),
    events: z.array(CapabilityEvent),
    verification: Verification.nullable(),
    files: z.int(),
    bytes: z.int(),
    notInspected: z.array(NotInspected),
  })
  .meta({ id: 'StaticReport' });
export type StaticReport = z.infer<typeof StaticReport>;

/** A report as the registry lists it; the bytes lie behind `digest`. */
export const ReportSummary = z
  .object({
    id: z.string(),
    kind: z.enum(['static', 'dry_run']),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    rulesVersion: z.string(),
    score: z.int().nullable(),
    decision: Verdict.nullable(),
    counts: z.record(Severity, z.int()).nullable(),
    digest: z.string().nullable(),
  })
  .meta({ id: 'ReportSummary' });
export type ReportSummary = z.infer<typeof ReportSummary>;
