import { z } from 'zod';
import { CapabilityEvent, Finding } from './reports.ts';

/** How a run ended. Only `pass` says that nothing speaks against the skill; it needs complete evidence. */
export const DryRunVerdict = z
  .enum(['pass', 'undeclared_access', 'limit', 'timeout', 'crashed', 'tampered', 'incomplete'])
  .meta({ id: 'DryRunVerdict' });
export type DryRunVerdict = z.infer<typeof DryRunVerdict>;

/** One destination that the tool tried. Inside the sandbox every address is local: nothing of it left. */
export const NetworkCall = z
  .object({
    /** Name that was looked up, else the address; `unix:PATH` for a local socket. */
    host: z.string(),
    ip: z.string().nullable(),
    port: z.int().min(0).max(65_535),
    protocol: z.enum(['tcp', 'udp', 'dns', 'unix']),
    /** Server name of the TLS hello. */
    sni: z.string().optional(),
    method: z.string().optional(),
    path: z.string().optional(),
    /** Where it was seen: in the system calls, or by the sandbox's own servers. */
    via: z.enum(['trace', 'sinkhole']),
    /** `answered`, `fixture` (a case of the package answered), or the error number's name. */
    result: z.string(),
    declared: z.boolean(),
    count: z.int(),
  })
  .meta({ id: 'NetworkCall' });
export type NetworkCall = z.infer<typeof NetworkCall>;

export const FileMode = z.enum(['read', 'write', 'list', 'stat', 'delete', 'rename', 'create', 'link', 'change']);
export type FileMode = z.infer<typeof FileMode>;

/** One path that the tool touched: for an open, the path that the kernel really opened. */
export const FileAccess = z
  .object({
    /** Relative to the run's working directory, or absolute. */
    path: z.string(),
    modes: z.array(FileMode),
    ok: z.boolean(),
    errno: z.string().optional(),
    declared: z.boolean(),
    count: z.int(),
  })
  .meta({ id: 'FileAccess' });
export type FileAccess = z.infer<typeof FileAccess>;

/** A program that the tool started. */
export const StartedProcess = z
  .object({ program: z.string(), args: z.array(z.string()), ok: z.boolean(), errno: z.string().optional() })
  .meta({ id: 'StartedProcess' });
export type StartedProcess = z.infer<typeof StartedProcess>;

/** A made-up credential that the tool met: `read` its place was opened, `sent` its value left the tool. */
export const HoneytokenAlarm = z
  .object({ token: z.string(), use: z.enum(['read', 'sent', 'returned']), where: z.string() })
  .meta({ id: 'HoneytokenAlarm' });
export type HoneytokenAlarm = z.infer<typeof HoneytokenAlarm>;

/** What ran the tool, and how that was proved in this very run. */
export const RuntimeProof = z
  .object({
    driver: z.enum(['docker']),
    /** The engine's name of the runtime. */
    runtime: z.string(),
    isolation: z.enum(['gvisor', 'kata', 'runc']),
    kernelHost: z.string(),
    kernelGuest: z.string(),
    /** True for a run that shares the host's kernel, by an explicit wish: it proves nothing and never counts. */
    unsafe: z.boolean(),
  })
  .meta({ id: 'RuntimeProof' });
export type RuntimeProof = z.infer<typeof RuntimeProof>;

/** `complete` is only true when the evidence proves it; `reasons` say what is missing. */
export const MonitorState = z
  .object({
    mode: z.enum(['strace']),
    complete: z.boolean(),
    tampered: z.boolean(),
    truncated: z.boolean(),
    lines: z.int(),
    reasons: z.array(z.string()),
  })
  .meta({ id: 'MonitorState' });
export type MonitorState = z.infer<typeof MonitorState>;

/** Declared × static × observed, as values of capability events. */
export const Comparison = z
  .object({
    /** Done, and not declared. */
    undeclared: z.array(CapabilityEvent),
    /** Done and declared, but the analysis of the code did not see it coming. */
    unpredicted: z.array(CapabilityEvent),
    /** Declared, and not done in this run; one run proves nothing about them. */
    unused: z.array(z.string()),
  })
  .meta({ id: 'Comparison' });
export type Comparison = z.infer<typeof Comparison>;

/** One moment of a run, for people; milliseconds since the tool began. */
export const TimelineEntry = z.object({ ms: z.int(), kind: z.string(), text: z.string(), declared: z.boolean() });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/**
 * The result of one dry-run (A161). What differs between two runs of the same bytes by nature (`executionTime`,
 * `memoryUsage`, `cpuMs`, `timeline`) and the signature stand outside of the digest.
 */
export const DryRunResult = z
  .object({
    v: z.literal(1),
    kind: z.literal('dry_run'),
    skill: z.object({ name: z.string(), version: z.string(), contentDigest: z.string() }),
    tool: z.string(),
    /** sha256 of the RFC 8785 form of the input. */
    inputDigest: z.string(),
    success: z.boolean(),
    verdict: DryRunVerdict,
    output: z.unknown(),
    error: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
    networkCalls: z.array(NetworkCall),
    fileAccess: z.array(FileAccess),
    processes: z.array(StartedProcess),
    honeytokens: z.array(HoneytokenAlarm),
    limitsHit: z.array(z.string()),
    monitor: MonitorState,
    runtime: RuntimeProof,
    /** Id of the image whose root file system the tool saw, and digest of the program that watched it. */
    imageDigest: z.string(),
    harnessDigest: z.string(),
    /** The same in the analyzer's form. */
    events: z.array(CapabilityEvent),
    comparison: Comparison,
    findings: z.array(Finding),
    /** Wall time of the tool in milliseconds. */
    executionTime: z.int(),
    /** Peak in bytes, of the whole sandbox; null when the engine did not tell. */
    memoryUsage: z.int().nullable(),
    cpuMs: z.int().nullable(),
    timeline: z.array(TimelineEntry),
    /** sha256 of the RFC 8785 form without the fields that are measured and without digest and signature. */
    digest: z.string(),
    /** Compact JWS of the cluster over `{digest}`; null when this machine has not joined a registry. */
    signature: z.string().nullable(),
  })
  .meta({ id: 'DryRunResult' });
export type DryRunResult = z.infer<typeof DryRunResult>;
