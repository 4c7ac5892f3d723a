import { digestOf, sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { CLOCK_SKEW_SECONDS } from '@aegis/skill-sdk/limits';
import { type KeySet, StateDocument, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { compactVerify, importJWK, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';

/** Place of a state in the order of states: a higher epoch wins, within an epoch the higher sequence. */
export interface Position {
  epoch: number;
  sequence: number;
}

export interface StateExpectation {
  keys: KeySet;
  clusterId: string;
  /** What was adopted last; nothing older is adopted again. */
  adopted: Position | null;
  nowMs: number;
}

/** Why a state cannot be adopted; in `meta.reason` of STATE_REJECTED. */
export type RejectionReason = 'unknown_version' | 'malformed' | 'other_cluster' | 'rollback' | 'expired';

/**
 * The document inside a signed state, once everything about it holds: `alg` is Ed25519, the key is a pinned one for
 * states, the document is for this cluster, of version 1, not older than the adopted one and not expired.
 * Throws SIGNATURE_INVALID, or STATE_REJECTED with the reason.
 */
export async function verifyState(
  jws: string,
  { keys, clusterId, adopted, nowMs }: StateExpectation,
): Promise<StateDocument> {
  const document = await openState(jws, { keys, clusterId });
  if (adopted !== null && comparePositions(document, adopted) < 0) {
    throw rejected(
      'rollback',
      `The state ${etagOf(document)} is older than ${etagOf(adopted)}, which is adopted. It may be a replay; the adopted one stays enforced.`,
    );
  }
  if (Date.parse(document.expiresAt) + CLOCK_SKEW_SECONDS * 1000 < nowMs) {
    throw rejected(
      'expired',
      `The state ${etagOf(document)} expired at ${document.expiresAt}. If it is fresh, the clock of this machine is wrong.`,
    );
  }
  return document;
}

/** The same without order and expiry: for the state that was adopted before a restart, which stays enforced. */
export async function openState(
  jws: string,
  { keys, clusterId }: Pick<StateExpectation, 'keys' | 'clusterId'>,
): Promise<StateDocument> {
  const document = parseState(await verifySignature(jws, keys));
  if (document.clusterId !== clusterId) {
    throw rejected('other_cluster', `The state is for ${document.clusterId}, this is ${clusterId}.`);
  }
  const tenants = new Set(document.tenants.map((tenant) => tenant.tenantId));
  if (tenants.size !== document.tenants.length) throw rejected('malformed', 'The state names a tenant twice.');
  return document;
}

/**
 * The tenant document in the bytes, when they have the digest that the signed state names and say the same tenant
 * and revision. Throws DIGEST_MISMATCH or STATE_REJECTED.
 */
export async function openTenantDocument(
  bytes: Uint8Array,
  entry: StateDocument['tenants'][number],
): Promise<TenantDocument> {
  const found = await digestOf(bytes);
  if (!sameDigest(found, entry.digest)) {
    throw new AegisError('DIGEST_MISMATCH', {
      detail: `The document of ${entry.tenantId} has the digest ${found}; the signed state names ${entry.digest}.`,
    });
  }
  const value = parseVersioned(bytes, `The document of ${entry.tenantId}`);
  const parsed = TenantDocument.safeParse(value);
  if (!parsed.success) throw malformed(`The document of ${entry.tenantId}`, parsed.error);
  if (parsed.data.tenantId !== entry.tenantId || parsed.data.revision !== entry.revision) {
    throw rejected(
      'malformed',
      `The signed state names ${entry.tenantId} at revision ${entry.revision}, its document says ${parsed.data.tenantId} at ${parsed.data.revision}.`,
    );
  }
  return parsed.data;
}

/** Negative when `left` is older, 0 when both are the same place. */
export function comparePositions(left: Position, right: Position): number {
  return left.epoch - right.epoch || left.sequence - right.sequence;
}

/** The ETag of a state. */
export function etagOf({ epoch, sequence }: Position): string {
  return `"${epoch}.${sequence}"`;
}

async function verifySignature(jws: string, keys: KeySet): Promise<Uint8Array> {
  const findKey = async (header: JWSHeaderParameters) => {
    const key = keys.keys.find((candidate) => candidate.kid === header.kid && candidate.purpose === 'state');
    if (key === undefined) throw new Error(`no pinned key for states is called ${header.kid}`);
    return importJWK({ kty: key.kty, crv: key.crv, x: key.x }, 'Ed25519');
  };
  try {
    return (await compactVerify(jws, findKey, { algorithms: ['Ed25519'] })).payload;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AegisError('SIGNATURE_INVALID', {
      detail: `The desired state is not signed by the registry that this cluster has joined (${reason}).`,
      cause,
    });
  }
}

function parseState(payload: Uint8Array): StateDocument {
  const parsed = StateDocument.safeParse(parseVersioned(payload, 'The desired state'));
  if (!parsed.success) throw malformed('The desired state', parsed.error);
  return parsed.data;
}

/** Looks at `v` before anything else: what a newer version means is not guessed from the fields we know. */
function parseVersioned(bytes: Uint8Array, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw rejected('malformed', `${what} is not JSON.`, cause);
  }
  const versioned = z.object({ v: z.unknown() }).safeParse(value);
  if (!versioned.success || versioned.data.v !== 1) {
    const found = versioned.success ? JSON.stringify(versioned.data.v) : 'none';
    throw rejected('unknown_version', `${what} has version ${found}; this agent reads version 1. Update the agent.`);
  }
  return value;
}

function malformed(what: string, error: z.ZodError): AegisError {
  const [first] = error.issues;
  return rejected(
    'malformed',
    `${what} is not valid: ${first?.path.join('.') ?? ''}: ${first?.message ?? 'unknown'}.`,
    error,
  );
}

function rejected(reason: RejectionReason, detail: string, cause?: unknown): AegisError {
  return new AegisError('STATE_REJECTED', { detail, meta: { reason }, cause });
}
