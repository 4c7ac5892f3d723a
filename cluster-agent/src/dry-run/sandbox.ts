import type { RuntimeProof } from '@aegis/skill-sdk/wire/dry-runs';
import type { HarnessMessage, RunConfig } from './harness/messages.ts';

/** What a sandbox may use. All of it is enforced from outside of the tool. */
export interface SandboxLimits {
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
  processes: number;
  /** How long one call may take; the harness ends it, the driver ends the harness, the reaper ends both. */
  callMs: number;
}

/** One run: the program that watches, what it is told, and the package. */
export interface RunSpec {
  /** Unique; stands in the sandbox's label. */
  id: string;
  harness: Uint8Array;
  config: RunConfig;
  packageBytes: Uint8Array;
  limits: SandboxLimits;
  /** Called with each message as it comes. */
  onMessage?: (message: HarnessMessage) => void;
  signal: AbortSignal;
}

/** What a run left behind. */
export interface RawRun {
  messages: HarnessMessage[];
  proof: RuntimeProof;
  imageDigest: string;
  /** Peak of the whole sandbox in bytes, and its CPU time; null when the engine did not tell. */
  memoryBytes: number | null;
  cpuMs: number | null;
  /** How the sandbox itself ended, when not by its own decision. */
  ended: 'done' | 'out_of_memory' | 'killed' | 'died';
}

/** Which engine, runtime and image there are, before anything has been proved about them. */
export interface EngineFacts {
  engine: string;
  runtime: string;
  imageDigest: string;
}

/** Starts sandboxes somewhere. `run` proves the runtime anew in every run, before the package goes in. */
export interface SandboxDriver {
  /** @throws AegisError NO_SANDBOX, with what to do, when there is no engine, no runtime or no image */
  find: () => Promise<EngineFacts>;
  /** @throws AegisError NO_SANDBOX when the runtime has no kernel of its own, or does not prove it in time */
  run: (spec: RunSpec) => Promise<RawRun>;
  /** Removes sandboxes that outlived their time, of this program or of one that was killed. Returns how many. */
  reap: () => Promise<number>;
}
