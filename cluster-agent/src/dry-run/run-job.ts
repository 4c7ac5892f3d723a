import { type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf, sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { DRY_RUN_CASES_MAX, DRY_RUN_EVIDENCE_BYTES_MAX, DRY_RUN_EVIDENCE_MEMBERS_MAX } from '@aegis/skill-sdk/limits';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import type { DryRunCase, DryRunJob, DryRunProgress } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { DryRunResult } from '@aegis/skill-sdk/wire/dry-runs';
import { casesOf, dryRun } from './dry-run.ts';
import type { SandboxPrograms } from './program.ts';
import type { SandboxDriver } from './sandbox.ts';

export interface JobOptions {
  driver: SandboxDriver;
  programs: SandboxPrograms;
  download: () => Promise<Uint8Array>;
  onProgress: (progress: DryRunProgress) => void;
  sign: (digest: string) => Promise<string>;
  signal: AbortSignal;
}

/** One tool with one input; `input` undefined: there is no case, so it is tried with nothing. */
interface Wanted {
  tool: string;
  name: string | null;
  input: Record<string, unknown> | undefined;
}

/**
 * Runs a job as a whole: every case of the package's tests, or one tool with a reviewer's input. Throws what is no fault
 * of the package: DIGEST_MISMATCH, NO_SANDBOX, or what the engine says; then the job is tried again elsewhere.
 */
export async function runJob(job: DryRunJob, options: JobOptions): Promise<DryRunCase[]> {
  const { onProgress, signal } = options;
  onProgress({ step: 'preparing', what: null, done: 0, total: 0 });
  const files = await openPackage(job, await options.download());
  const wanted = wantedOf(job, files);
  const total = Math.min(wanted.length, DRY_RUN_CASES_MAX);
  const cases: DryRunCase[] = [];
  let bytes = 0;
  for (const [done, one] of wanted.entries()) {
    signal.throwIfAborted();
    const what = one.name === null ? one.tool : `${one.tool}: ${one.name}`.slice(0, 200);
    if (done >= DRY_RUN_CASES_MAX) {
      cases.push(without(one, 'not_run', `A dry-run runs ${DRY_RUN_CASES_MAX} cases; this one comes after them.`));
      continue;
    }
    onProgress({ step: 'running', what, done, total });
    const next = fit(await runOne(one, files, options), one, bytes);
    bytes += sizeOf(next);
    cases.push(next);
  }
  onProgress({ step: 'reporting', what: null, done: total, total });
  return oneAbsencePerTool(cases);
}

async function openPackage(job: DryRunJob, bytes: Uint8Array): Promise<PackageFile[]> {
  const found = await digestOf(bytes);
  if (sameDigest(found, job.archiveDigest)) return unpack(bytes);
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `The package of ${job.name} ${job.version} has the digest ${found}; the dry-run is of ${job.archiveDigest}.`,
  });
}

/** The first case of every tool before the second of any, so that no tool is left out for another's many cases. */
function wantedOf(job: DryRunJob, files: readonly PackageFile[]): Wanted[] {
  const { manifest, errors } = checkPackage([...files]);
  if (manifest === null)
    throw new AegisError('MANIFEST_INVALID', { detail: 'The manifest of the package is not valid.', errors });
  if (job.tool !== null && job.input !== null) return [{ tool: job.tool, name: null, input: job.input }];
  const tools = manifest.tools.filter(({ name }) => job.tool === null || name === job.tool);
  const ranked = tools.flatMap((tool): (Wanted & { rank: number })[] => {
    const cases = readCases(tool, files);
    if (cases.length === 0) return [{ rank: 0, tool: tool.name, name: null, input: undefined }];
    return cases.map(({ name, input }, rank) => ({ rank, tool: tool.name, name: name.slice(0, 300), input }));
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ rank: _, ...wanted }) => wanted);
}

/** Cases that cannot be read are none; then the tool is tried without, and the finding says that it has none. */
function readCases(tool: Parameters<typeof casesOf>[0], files: readonly PackageFile[]) {
  try {
    return casesOf(tool, files).map(({ name, input }) => ({ name, input: { ...input } }));
  } catch {
    return [];
  }
}

async function runOne(one: Wanted, files: readonly PackageFile[], options: JobOptions): Promise<DryRunCase> {
  const { driver, programs, sign, signal } = options;
  try {
    const result = await dryRun({ files, tool: one.tool, input: one.input ?? {}, driver, programs, sign, signal });
    if (result.runtime.unsafe)
      throw new AegisError('NO_SANDBOX', {
        detail: 'The sandbox shares the kernel of its host, so it proves nothing.',
      });
    return { tool: one.tool, case: one.name, result, missing: null };
  } catch (error) {
    const isOfPackage =
      error instanceof AegisError && (error.code === 'VALIDATION_FAILED' || error.code === 'MANIFEST_INVALID');
    if (!isOfPackage) throw error;
    const why = one.input === undefined ? 'It has no case, and takes no empty input' : 'Its input cannot be used';
    return without(one, 'not_run', `The tool ${one.tool} was not run. ${why}: ${error.message}`);
  }
}

/** Evidence that nobody could read is no evidence: its place says that there was too much of it. */
function fit(next: DryRunCase, one: Wanted, before: number): DryRunCase {
  const { result } = next;
  if (result === null) return next;
  const size = sizeOf(next);
  const isSmall = before + size <= DRY_RUN_EVIDENCE_BYTES_MAX && longestList(result) <= DRY_RUN_EVIDENCE_MEMBERS_MAX;
  if (isSmall) return next;
  const text = `The tool ${one.tool} did so much that its evidence has ${size} bytes; a dry-run keeps ${DRY_RUN_EVIDENCE_BYTES_MAX} in all. It ended with ${result.verdict}.`;
  return without(one, 'too_large', text);
}

const sizeOf = (one: DryRunCase) => canonicalBytes(one).length;

function longestList({ networkCalls, fileAccess, processes, events, comparison }: DryRunResult): number {
  return Math.max(...[networkCalls, fileAccess, processes, events, comparison.undeclared].map((list) => list.length));
}

function without({ tool, name }: Wanted, why: 'not_run' | 'too_large', text: string): DryRunCase {
  return { tool, case: name, result: null, missing: { why, text: text.slice(0, 1000) } };
}

/** Further cases that were not run are told once for each tool. */
function oneAbsencePerTool(cases: readonly DryRunCase[]): DryRunCase[] {
  const told = new Set<string>();
  return cases.filter(({ tool, missing }) => {
    if (missing?.why !== 'not_run') return true;
    if (told.has(tool)) return false;
    told.add(tool);
    return true;
  });
}
