import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import {
  DRY_RUN_REPORT_TYPE,
  type DryRunCase,
  type DryRunClaim,
  type DryRunJob,
  type DryRunProgress,
} from '@aegis/skill-sdk/wire/dry-run-jobs';
import { type Bell, backoffMs, pause, type Random } from '../every.ts';
import type { ClusterKey, Identity } from '../identity.ts';
import { type Registry, retryAfterMs } from '../registry.ts';
import { proveEngine } from './canary.ts';
import { loadPrograms, type SandboxPrograms } from './program.ts';
import { runJob } from './run-job.ts';
import type { SandboxDriver } from './sandbox.ts';
import { signDigest } from './sign.ts';

export interface WorkOptions {
  registry: Pick<Registry, 'claimDryRun' | 'dryRunPackage' | 'updateDryRun'>;
  driver: SandboxDriver;
  clusterId: Identity['clusterId'];
  /** The key that holds now: it may be another one than at the start. */
  key: () => Promise<ClusterKey>;
  /** Rung after every answered poll: the registry wakes a poll when there is something to run. */
  bell: Bell;
  random: Random;
  log: Log;
}

/** A proof is believed for so long; every run proves its own sandbox besides. */
const PROVED_FOR_MS = 600_000;
/** Whoever has no sandbox looks again; somebody may have installed one. */
const LACKING_FOR_MS = 60_000;
/** Without a ring: the poll is what brings one. */
const IDLE_MS = 30_000;
/** A lease lasts three minutes. */
const HEARTBEAT_MS = 30_000;
/** So often an ended run is reported while the registry is away; afterwards its lease ends, and it is run again. */
const REPORT_TRIES = 5;

/** Asks for dry-runs and runs them, one after the other, until the signal aborts. Never throws for one run's sake. */
export async function workOff(options: WorkOptions, signal: AbortSignal): Promise<void> {
  const { registry, bell, random, log } = options;
  const engine = new Engine(options.driver, log);
  for (let failures = 0; !signal.aborted; ) {
    try {
      const claim = await engine.state(signal);
      const job = await registry.claimDryRun({ engine: claim }, signal);
      failures = 0;
      if (job === null) await bell.wait(IDLE_MS, signal);
      else await workOne(job, options, engine, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      log.warn('no dry-run was asked for', { error, failures });
      await pause(backoffMs(failures, random, retryAfterMs(error)), signal);
    }
  }
}

async function workOne(job: DryRunJob, options: WorkOptions, engine: Engine, signal: AbortSignal): Promise<void> {
  const { registry, driver, log } = options;
  const { id, lease } = job;
  const lost = new AbortController();
  const running = AbortSignal.any([signal, lost.signal]);
  let progress: DryRunProgress = { step: 'preparing', what: null, done: 0, total: 0 };
  let told: Promise<void> = Promise.resolve();
  const tell = () => {
    told = told.then(() =>
      registry.updateDryRun(id, { state: 'running', lease, progress }, running).catch((error: unknown) => {
        // Somebody else has it: what this run shows is wanted no more.
        if (error instanceof AegisError && error.code === 'STATE_CONFLICT') lost.abort(error);
      }),
    );
  };
  const heartbeat = setInterval(tell, HEARTBEAT_MS);
  log.info('dry-run begun', { dryRunId: id, skill: job.name, version: job.version });
  try {
    const cases = await runJob(job, {
      driver,
      programs: await engine.programs(),
      download: () => registry.dryRunPackage(id, running),
      onProgress: (now) => {
        progress = now;
        tell();
      },
      sign: async (digest) => signDigest(digest, await options.key()),
      signal: running,
    });
    await told;
    await report(job, cases, options, running);
    log.info('dry-run reported', { dryRunId: id, verdicts: cases.map(({ result }) => result?.verdict ?? null) });
  } catch (error) {
    // A stopped agent says nothing: whoever starts next is given the run again.
    if (running.aborted) return;
    log.warn('dry-run failed', { error, dryRunId: id });
    engine.doubt();
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 1000);
    await told;
    await registry.updateDryRun(id, { state: 'failed', lease, reason }, signal);
  } finally {
    clearInterval(heartbeat);
  }
}

/** Signs what was seen and hands it in; a registry that is away for a moment is waited for. */
async function report(
  { id, lease, contentDigest }: DryRunJob,
  cases: DryRunCase[],
  { registry, clusterId, key, random }: WorkOptions,
  signal: AbortSignal,
): Promise<void> {
  const body = { v: 1 as const, dryRunId: id, lease, clusterId, contentDigest, cases };
  const signature = await signDigest(await digestOf(canonicalBytes(body)), await key(), DRY_RUN_REPORT_TYPE);
  for (let failures = 1; ; failures++) {
    try {
      return await registry.updateDryRun(id, { state: 'done', report: body, signature }, signal);
    } catch (error) {
      const isAway = error instanceof AegisError && ['NETWORK', 'TIMEOUT', 'UNAVAILABLE'].includes(error.code);
      if (!isAway || failures >= REPORT_TRIES) throw error;
      await pause(backoffMs(failures, random, retryAfterMs(error)), signal);
      signal.throwIfAborted();
    }
  }
}

/** The sandbox of this machine, as far as it was proved. */
class Engine {
  readonly #driver: SandboxDriver;
  readonly #log: Log;
  #programs: SandboxPrograms | null = null;
  #known: { state: DryRunClaim['engine']; untilMs: number } | null = null;

  constructor(driver: SandboxDriver, log: Log) {
    this.#driver = driver;
    this.#log = log;
  }

  async programs(): Promise<SandboxPrograms> {
    this.#programs ??= await loadPrograms();
    return this.#programs;
  }

  /** A run failed: what is believed of the engine is proved anew. */
  doubt(): void {
    this.#known = null;
  }

  async state(signal: AbortSignal): Promise<DryRunClaim['engine']> {
    if (this.#known !== null && performance.now() < this.#known.untilMs) return this.#known.state;
    const before = this.#known?.state;
    const state = await this.#prove(signal);
    this.#known = { state, untilMs: performance.now() + (state.proved ? PROVED_FOR_MS : LACKING_FOR_MS) };
    if (JSON.stringify(state) !== JSON.stringify(before)) this.#log.info('sandbox looked at', { ...state });
    return state;
  }

  async #prove(signal: AbortSignal): Promise<DryRunClaim['engine']> {
    try {
      await this.#driver.find();
      await this.#driver.reap();
      const { runtime, imageDigest } = await proveEngine(this.#driver, await this.programs(), signal);
      if (!runtime.unsafe) return { proved: true, runtime: runtime.runtime, imageDigest };
      return { proved: false, reason: 'It shares the kernel of its host, so it proves nothing.' };
    } catch (error) {
      if (!(error instanceof AegisError) || error.code !== 'NO_SANDBOX') throw error;
      return { proved: false, reason: (error.detail ?? error.message).slice(0, 1000) };
    }
  }
}
