import type { z } from 'zod';
import { parseAnswer, readJson } from './answers.ts';
import { TRANSFER_TIMEOUT_MS } from './client-upload.ts';
import { ARCHIVE_BYTES_MAX, POLL_TIMEOUT_SECONDS, POLL_WAIT_SECONDS, UNPACKED_BYTES_MAX } from './limits.ts';
import { path, type Transport } from './transport.ts';
import { BlockedAck, type BlockedBatch } from './wire/blocked.ts';
import {
  type AckRequest,
  ClusterKey,
  type ClusterKeyRotation,
  EnrolAnswer,
  type EnrolRequest,
  SignedState,
} from './wire/clusters.ts';
import { type DryRunClaim, DryRunClaimAnswer, type DryRunUpdate, DryRunUpdateAnswer } from './wire/dry-run-jobs.ts';

/** How a cluster proves itself: a short-lived token that it signs anew. */
export interface ClusterCredential {
  clusterId: string;
  token: () => Promise<string>;
  signal?: AbortSignal | undefined;
}
export type StateAnswer = { changed: false } | { changed: true; state: string; etag: string };
/** What a cluster agent calls. */
export function syncCalls({ json, nothing, bytes, read }: Transport) {
  const of = (credential: ClusterCredential, rest: string) => ({
    path: path`/api/clusters/${credential.clusterId}` + rest,
    token: credential.token,
    signal: credential.signal,
  });
  return {
    /** A join token works once, so this is never tried again by itself. */
    enrol: (body: z.input<typeof EnrolRequest>) =>
      json({ method: 'POST', path: '/api/clusters/enrol', json: body }, EnrolAnswer),
    /** Another key for the cluster; sending the same one again changes nothing. */
    rotateKey: (credential: ClusterCredential, body: z.input<typeof ClusterKeyRotation>) =>
      json({ ...of(credential, '/key'), method: 'POST', json: body, idempotent: true }, ClusterKey),
    /** Long-poll on the signed state; `changed: false` when it still has that ETag after the wait (seconds, 0 … 25). */
    state: (
      credential: ClusterCredential,
      known: { etag?: string | undefined; waitSeconds?: number } = {},
    ): Promise<StateAnswer> => {
      const waitSeconds = known.waitSeconds ?? POLL_WAIT_SECONDS;
      const headers: Record<string, string> = known.etag === undefined ? {} : { 'if-none-match': known.etag };
      const call = {
        ...of(credential, '/state'),
        method: 'GET' as const,
        query: { wait: waitSeconds },
        headers,
        timeoutMs: (waitSeconds + POLL_TIMEOUT_SECONDS - POLL_WAIT_SECONDS) * 1000,
        // The agent's own loop decides when to ask again.
        idempotent: false,
      };
      return read(call, async (response) => {
        if (response.status === 304) return { changed: false };
        const { state } = parseAnswer(await readJson(response, call), SignedState, call);
        return { changed: true, state, etag: response.headers.get('etag') ?? '' };
      });
    },
    /** The exact bytes of a tenant's document; the caller checks their digest. */
    tenantDocument: (credential: ClusterCredential, digest: string) =>
      bytes({ ...of(credential, path`/tenants/${digest}`), method: 'GET' }, UNPACKED_BYTES_MAX),
    acks: (credential: ClusterCredential, body: z.input<typeof AckRequest>) =>
      nothing({ ...of(credential, '/acks'), method: 'POST', json: body, idempotent: true }),
    /** Says what sandbox there is, and asks for the next dry-run. A lost answer is asked for anew: who asks holds none. */
    claimDryRun: (credential: ClusterCredential, body: z.input<typeof DryRunClaim>) =>
      json({ ...of(credential, '/dry-runs/claim'), method: 'POST', json: body }, DryRunClaimAnswer),
    /** The exact bytes of its package; the caller checks their digest. */
    dryRunPackage: (credential: ClusterCredential, dryRunId: string) =>
      bytes(
        { ...of(credential, path`/dry-runs/${dryRunId}/package`), method: 'GET', timeoutMs: TRANSFER_TIMEOUT_MS },
        ARCHIVE_BYTES_MAX,
      ),
    /** How a dry-run that this cluster holds goes on; STATE_CONFLICT when it is in other hands. */
    updateDryRun: (credential: ClusterCredential, dryRunId: string, body: z.input<typeof DryRunUpdate>) =>
      json(
        { ...of(credential, path`/dry-runs/${dryRunId}`), method: 'PUT', json: body, idempotent: true },
        DryRunUpdateAnswer,
      ),
    /** Idempotent by (clusterId, bootId, seq). */
    blocked: (credential: ClusterCredential, body: z.input<typeof BlockedBatch>) =>
      json({ ...of(credential, '/blocked'), method: 'POST', json: body, idempotent: true }, BlockedAck),
  };
}
