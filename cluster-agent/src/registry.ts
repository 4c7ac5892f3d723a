import { createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { BlockedAck, BlockedBatch } from '@aegis/skill-sdk/wire/blocked';
import type {
  AckRequest,
  ClusterKeyRotation,
  EnrolAnswer,
  EnrolRequest,
  KeySet,
  ClusterKey as RotatedKey,
} from '@aegis/skill-sdk/wire/clusters';
import type { DryRunClaim, DryRunJob, DryRunUpdate } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { type ClusterKey, type Identity, signCredential } from './identity.ts';
import { agentVersion } from './version.ts';

/** `jws` null: the registry still has the state of that ETag. */
export interface StateAnswer {
  jws: string | null;
}

/** What a cluster asks of its registry. Every method throws AegisError; an aborted signal throws its reason. */
export interface Registry {
  /** Long-poll of the signed state. With `etag` (`"epoch.sequence"`) it waits for something newer. */
  state(options: { etag: string | null; waitSeconds: number; signal: AbortSignal }): Promise<StateAnswer>;
  /** The exact bytes of a tenant document; the caller checks their digest. */
  tenantDocument(digest: string, signal: AbortSignal): Promise<Uint8Array>;
  acknowledge(request: AckRequest, signal: AbortSignal): Promise<void>;
  shipBlocked(batch: BlockedBatch, signal: AbortSignal): Promise<BlockedAck>;
  /** Asks for another key, as the holder of one of its own; the same again changes nothing. */
  rotateKey(as: ClusterKey, request: ClusterKeyRotation): Promise<RotatedKey>;
  /** Says what sandbox there is, and asks for the next dry-run; null when there is none for this cluster. */
  claimDryRun(claim: DryRunClaim, signal: AbortSignal): Promise<DryRunJob | null>;
  /** The exact bytes of the package of a dry-run that this cluster holds; the caller checks their digest. */
  dryRunPackage(dryRunId: string, signal: AbortSignal): Promise<Uint8Array>;
  /** How it goes on. STATE_CONFLICT: it is in other hands. */
  updateDryRun(dryRunId: string, update: DryRunUpdate, signal: AbortSignal): Promise<void>;
  /** The keys that the registry serves now; the caller decides which it believes. */
  keys(): Promise<KeySet>;
  /** The exact bytes of a skill archive; the caller checks their digest. */
  archive(digest: string): Promise<Uint8Array>;
}

export interface RegistryOptions {
  /** Without a trailing slash. */
  url: string;
  identity: Pick<Identity, 'clusterId' | 'key'>;
  /** Reads the key for each request, so that one that was replaced is not used on; default: that of the identity. */
  readKey?: (() => Promise<ClusterKey | null>) | undefined;
  clock: () => number;
  /** How requests go out; default: the global one. */
  fetch?: typeof globalThis.fetch | undefined;
}

const headers = { 'user-agent': `aegis-agent/${agentVersion}` };

/** The registry as one enrolled cluster sees it: the client of the SDK, with a credential made anew for each request. */
export function connectRegistry({ url, identity, readKey, clock, fetch }: RegistryOptions): Registry {
  const { clusterId } = identity;
  // Should the file be gone for a moment, the key that the process began with is still the best guess.
  const token = async () => signCredential({ clusterId, key: (await readKey?.()) ?? identity.key }, clock());
  const client = createClient({ url, token, headers, fetch, now: clock });
  const as = (signal: AbortSignal) => ({ clusterId, token, signal });
  return {
    async state({ etag, waitSeconds, signal }) {
      const answer = await client.sync.state(as(signal), { waitSeconds, ...(etag === null ? {} : { etag }) });
      return { jws: answer.changed ? answer.state : null };
    },
    tenantDocument: (digest, signal) => client.sync.tenantDocument(as(signal), digest),
    acknowledge: (request, signal) => client.sync.acks(as(signal), request),
    shipBlocked: (batch, signal) => client.sync.blocked(as(signal), batch),
    rotateKey: (key, request) =>
      client.sync.rotateKey({ clusterId, token: () => signCredential({ clusterId, key }, clock()) }, request),
    claimDryRun: async (claim, signal) => (await client.sync.claimDryRun(as(signal), claim)).job,
    dryRunPackage: (dryRunId, signal) => client.sync.dryRunPackage(as(signal), dryRunId),
    async updateDryRun(dryRunId, update, signal) {
      await client.sync.updateDryRun(as(signal), dryRunId, update);
    },
    keys: () => client.keySet(),
    archive: (digest) => client.skills.download(digest),
  };
}

/** The one request that needs no credential but the join token inside it. */
export function requestEnrolment(
  { url, fetch }: Pick<RegistryOptions, 'url' | 'fetch'>,
  request: EnrolRequest,
): Promise<EnrolAnswer> {
  return createClient({ url, headers, fetch }).sync.enrol(request);
}

/** How long the registry asked us to stay away, in ms; 0 when it did not. */
export function retryAfterMs(error: unknown): number {
  const seconds = error instanceof AegisError ? error.meta?.retryAfterSeconds : undefined;
  return typeof seconds === 'number' ? seconds * 1000 : 0;
}
