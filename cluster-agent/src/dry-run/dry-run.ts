import { analyze } from '@aegis/skill-sdk/analyze';
import { compareRun, dryRunDigest, findingsOf } from '@aegis/skill-sdk/analyze/compare';
import { contentDigest, type PackageFile } from '@aegis/skill-sdk/archive';
import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { bundleFile, checkPackage, handlerFile, parseHandler } from '@aegis/skill-sdk/manifest';
import { parseCases, type TestCase } from '@aegis/skill-sdk/testing';
import { checkInput } from '@aegis/skill-sdk/tools';
import type { SkillManifest, ToolDefinition } from '@aegis/skill-sdk/types';
import type { DryRunResult, DryRunVerdict } from '@aegis/skill-sdk/wire/dry-runs';
import { makeBait } from './bait.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import type { HarnessMessage, RunConfig } from './harness/messages.ts';
import type { SandboxPrograms } from './program.ts';
import type { RawRun, SandboxDriver, SandboxLimits } from './sandbox.ts';

export interface DryRunOptions {
  /** Files of the package, as `unpack` gives them. */
  files: readonly PackageFile[];
  /** Name of the tool; may be left out where there is only one. */
  tool: string | undefined;
  /** Parameters; without them those of the tool's first case. */
  input: unknown;
  /** Further variables of the tool, by name; what the manifest declares and nobody sets gets a made-up value. */
  environment?: Readonly<Record<string, string>>;
  driver: SandboxDriver;
  programs: SandboxPrograms;
  onMessage?: (message: HarnessMessage) => void;
  /** Signs the digest; null on a machine that has not joined a registry. */
  sign: ((digest: string) => Promise<string>) | null;
  signal: AbortSignal;
}

const MEGABYTE = 1024 * 1024;
/** A tool that has answered may go on so long, to show what it does when it believes that nobody looks. */
const GRACE_MS = 500;
const OUTPUT_BYTES_MAX = 64 * 1024;
const TRACE_BYTES_MAX = 8 * MEGABYTE;

/**
 * A155-A161: runs one tool of a package in a sandbox that proves itself, with the test input, and says what it did
 * beside what its manifest declares and what the analysis of its code expects. Throws MANIFEST_INVALID, NOT_FOUND,
 * VALIDATION_FAILED (the input), and NO_SANDBOX before anything of the package was run.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  const { files, driver, programs, signal, onMessage } = options;
  const prepared = prepare(options);
  const { manifest, tool, config, packageBytes } = prepared;
  const raw = await driver.run({
    id: config.nonce,
    harness: programs.harness,
    config,
    packageBytes,
    limits: limitsOf(manifest),
    ...(onMessage === undefined ? {} : { onMessage }),
    signal,
  });
  const own = ownPaths(files);
  const { permissions } = manifest;
  const evidence = readEvidence(raw.messages, { config, permissions, own, tool: tool.name });
  const report = await analyze({ files, manifest });
  const expected = report.events.filter((event) => event.tool === undefined || event.tool === tool.name);
  const comparison = compareRun({ permissions, own, expected, observed: evidence.events });
  const gaps = evidence.gaps;
  const digested = {
    v: 1 as const,
    kind: 'dry_run' as const,
    skill: { name: manifest.name, version: manifest.version, contentDigest: await contentDigest([...files]) },
    tool: tool.name,
    inputDigest: await digestOf(canonicalBytes(config.params)),
    success: evidence.result?.kind === 'result',
    verdict: verdictOf(raw, evidence, comparison.undeclared.length),
    output: evidence.result?.kind === 'result' ? evidence.result.output : null,
    error: errorOf(raw, evidence),
    networkCalls: evidence.networkCalls,
    fileAccess: evidence.fileAccess,
    processes: evidence.processes,
    honeytokens: evidence.honeytokens,
    limitsHit: [...evidence.limitsHit, ...(raw.ended === 'out_of_memory' ? ['memoryMb'] : [])],
    monitor: {
      mode: 'strace' as const,
      complete: gaps.length === 0,
      tampered: isTampered(evidence),
      truncated: evidence.end?.truncated ?? false,
      lines: evidence.lines,
      reasons: gaps,
    },
    runtime: raw.proof,
    imageDigest: raw.imageDigest,
    harnessDigest: programs.digest,
    events: evidence.events,
    comparison,
    findings: await findingsOf(comparison, evidence.honeytokens, tool.name),
  };
  const digest = await dryRunDigest(digested);
  return {
    ...digested,
    executionTime: evidence.end?.runMs ?? 0,
    memoryUsage: raw.memoryBytes,
    cpuMs: raw.cpuMs,
    timeline: evidence.timeline,
    digest,
    // A run that shared the host's kernel proves nothing, so nobody vouches for it.
    signature: options.sign === null || raw.proof.unsafe ? null : await options.sign(digest),
  };
}

interface Prepared {
  manifest: SkillManifest;
  tool: ToolDefinition;
  config: RunConfig;
  packageBytes: Uint8Array;
}

function prepare({ files, tool: wanted, input, environment, programs }: DryRunOptions): Prepared {
  const { manifest, errors } = checkPackage(files);
  if (manifest === null)
    throw new AegisError('MANIFEST_INVALID', { detail: 'The manifest of the package is not valid.', errors });
  const tool = findTool(manifest, wanted);
  const module = moduleOf(tool, files);
  const testCase = chooseCase(casesOf(tool, files), input);
  const params = checkInput(tool, input ?? testCase?.input ?? {});
  const bait = makeBait((bytes) => crypto.getRandomValues(bytes));
  const { required, optional } = manifest.permissions.environment;
  const declared = [...required, ...optional];
  const secrets = declared.map((name): [string, string] => [name, testCase?.env[name] ?? madeUp(name)]);
  const config: RunConfig = {
    nonce: nonce(),
    language: module.endsWith('.py') ? 'python' : 'javascript',
    runner: programs.runners[module.endsWith('.py') ? 'python' : 'javascript'],
    module,
    exportName: exportOf(tool, module),
    params,
    environment: { ...bait.environment, ...Object.fromEntries(secrets), ...environment },
    declaredEnvironment: declared,
    http: testCase?.http ?? [],
    ports: [...new Set(manifest.permissions.network.flatMap(({ ports }) => ports))],
    baitFiles: bait.baitFiles,
    baitValues: bait.baitValues,
    workFiles: Object.entries(testCase?.files ?? {})
      .filter(([path]) => isInside(path))
      .map(([path, content]) => ({ path, content })),
    packageFiles: files.map(({ path, bytes, mode }) => ({
      path,
      size: bytes.byteLength,
      mode: mode === '0755' ? 0o755 : 0o644,
    })),
    limits: {
      callMs: manifest.limits.callSeconds * 1000,
      graceMs: GRACE_MS,
      outputBytes: OUTPUT_BYTES_MAX,
      traceBytes: TRACE_BYTES_MAX,
    },
  };
  return { manifest, tool, config, packageBytes: Buffer.concat(files.map(({ bytes }) => bytes)) };
}

function findTool({ name, version, tools }: SkillManifest, wanted: string | undefined): ToolDefinition {
  const names = tools.map((tool) => tool.name).join(', ') || 'none';
  const tool = wanted === undefined && tools.length === 1 ? tools[0] : tools.find((one) => one.name === wanted);
  if (tool !== undefined) return tool;
  throw new AegisError(wanted === undefined ? 'USAGE' : 'NOT_FOUND', {
    detail:
      wanted === undefined
        ? `${name} has the tools ${names}: say which one with --tool.`
        : `${name} ${version} has no tool ${wanted}; it has ${names}.`,
  });
}

/** The bundle that `aegis build` made, or the source itself where Node or Python can run it. */
function moduleOf({ name, handler }: ToolDefinition, files: readonly PackageFile[]): string {
  const paths = new Set(files.map(({ path }) => path));
  const bundle = bundleFile(handler);
  if (paths.has(bundle)) return bundle;
  const source = handlerFile(handler, paths);
  if (source !== null && /\.(?:[cm]?js|ts|py)$/.test(source)) return source;
  throw new AegisError('MANIFEST_INVALID', {
    detail: `The handler ${handler} of ${name} cannot be run: wanted ${bundle}, as \`aegis build\` makes it, or a .js, .ts or .py file.`,
  });
}

function exportOf({ handler }: ToolDefinition, module: string): string {
  const { exportName } = parseHandler(handler);
  return module.endsWith('.py') && exportName === 'default' ? 'handle' : exportName;
}

/** The test cases of a tool that the package brings; none without a file of them. @throws AegisError VALIDATION_FAILED */
export function casesOf({ name }: ToolDefinition, files: readonly PackageFile[]): TestCase[] {
  const file = files.find(({ path }) => new RegExp(`^tests/${name}\\.cases\\.ya?ml$`).test(path));
  return file === undefined ? [] : parseCases(new TextDecoder().decode(file.bytes), file.path);
}

/** The case that this input is from, whose servers then answer; else the first, which has at least the right servers. */
function chooseCase(cases: readonly TestCase[], input: unknown): TestCase | undefined {
  const same = (one: TestCase) => Buffer.from(canonicalBytes(one.input)).equals(Buffer.from(canonicalBytes(input)));
  return (input === undefined ? undefined : cases.find(same)) ?? cases[0];
}

/** The value of a declared variable that nobody set. Hostile examples run only where they are told that they may. */
function madeUp(name: string): string {
  return name === 'AEGIS_SANDBOX' ? '1' : `${name.toLowerCase()}-${nonce()}`;
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

function nonce(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex');
}

function limitsOf({ limits }: SkillManifest): SandboxLimits {
  return {
    cpus: limits.cpus,
    // The watcher needs room of its own, beside what the tool is allowed.
    memoryBytes: (limits.memoryMb + HARNESS_MEGABYTES) * MEGABYTE,
    diskBytes: limits.diskMb * MEGABYTE,
    processes: limits.processes,
    callMs: limits.callSeconds * 1000,
  };
}

/** Node, the tracer and the kernel of the sandbox. */
const HARNESS_MEGABYTES = 192;

/** The package's files and the folders that they lie in. */
function ownPaths(files: readonly PackageFile[]): ReadonlySet<string> {
  const own = new Set<string>();
  for (const { path } of files) {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) own.add(at);
  }
  return own;
}

/** The first that applies: a run that was seen to break its manifest is that, however it ended. */
function verdictOf(raw: RawRun, evidence: Evidence, undeclared: number): DryRunVerdict {
  if (isTampered(evidence)) return 'tampered';
  if (undeclared > 0 || evidence.honeytokens.some(({ use }) => use !== 'read')) return 'undeclared_access';
  if (evidence.limitsHit.includes('callSeconds') || raw.ended === 'killed') return 'timeout';
  if (raw.ended === 'out_of_memory' || evidence.limitsHit.length > 0) return 'limit';
  if (evidence.gaps.length > 0) return 'incomplete';
  return evidence.result === null ? 'crashed' : 'pass';
}

/** The tracer's own end before the tool's: somebody ended it. */
function isTampered({ end }: Evidence): boolean {
  return end !== null && !end.tracerDone;
}

function errorOf(raw: RawRun, { result, end }: Evidence): DryRunResult['error'] {
  if (result?.kind === 'failure') return { code: result.code, message: result.message };
  if (result !== null) return null;
  if (raw.ended === 'out_of_memory')
    return { code: 'LIMIT', message: 'The tool used more memory than its manifest allows.' };
  if (raw.ended === 'killed' || end?.exit.signal === 'SIGKILL')
    return { code: 'TIMEOUT', message: 'The tool was ended and gave no result.' };
  const how = end === null ? 'with its sandbox' : (end.exit.signal ?? `exit code ${end.exit.code}`);
  return { code: null, message: `The tool ended by itself (${how}) and gave no result.` };
}
