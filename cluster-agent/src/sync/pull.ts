import { AegisError } from '@aegis/skill-sdk/errors';
import { FULL_STATE_EVERY_SECONDS } from '@aegis/skill-sdk/limits';
import type { Log } from '@aegis/skill-sdk/log';
import { systemRefusal } from '@aegis/skill-sdk/system-errors';
import type { KeySet, StateDocument } from '@aegis/skill-sdk/wire/clusters';
import { type Adopted, type AdoptedTenant, readDocument, writeAdopted, writeDocument } from '../adopted.ts';
import { verifyApprovals } from '../approvals.ts';
import { etagOf, openTenantDocument, verifyState } from '../desired.ts';
import { backoffMs, pause, type Random } from '../every.ts';
import type { Keyring } from '../keyring.ts';
import type { StatePaths } from '../paths.ts';
import { type Registry, retryAfterMs } from '../registry.ts';
import type { Cursor } from './cursor.ts';

type Entry = StateDocument['tenants'][number];

/** A first sync of a thousand tenants takes seconds, and the registry sees few requests at once. */
const FETCHES_AT_ONCE = 8;

/** What the agent tells about its contact with the registry after every request. */
export interface Contact {
  /** Failures in a row; 0 after a success. */
  failures: number;
  error: unknown;
}

export interface PullOptions {
  registry: Registry;
  paths: StatePaths;
  clusterId: string;
  keyring: Keyring;
  cursor: Cursor;
  waitSeconds: number;
  /** The state that is in force now; asked before each adoption, because it sets what is older. */
  current: () => Adopted | null;
  /** Puts the adopted state into effect; true when all of it holds now. Must not throw for one tenant's sake. */
  apply: (adopted: Adopted) => Promise<boolean>;
  /** A state came that cannot be adopted. */
  onRejected: (error: AegisError) => void;
  onContact: (contact: Contact) => void;
  clock: () => number;
  random: Random;
  log: Log;
}

/**
 * Keeps the cluster at the registry's desired state until the signal aborts.
 *
 *   long-poll on the ETag of the cursor ──304──► again
 *            │ 200 (or every ten minutes unconditionally)
 *            ▼
 *   verify state ─► fetch and verify documents ─► store ─► apply ─► all of it holds? ─► cursor moves
 *                                                            │no
 *                                                            └─► back-off, and the same state again
 */
export async function pull(options: PullOptions, signal: AbortSignal): Promise<void> {
  const { cursor, waitSeconds, clock, random, log } = options;
  let failures = 0;
  let fullAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    // The first read of a process is unconditional as well: it heals a folder that somebody changed meanwhile.
    const full = clock() - fullAtMs >= FULL_STATE_EVERY_SECONDS * 1000;
    const etag = full || cursor.position === null ? null : etagOf(cursor.position);
    try {
      // Up to a quarter shorter, so that a fleet does not come back in one moment.
      const holdSeconds = Math.round(waitSeconds * (1 - random() / 4));
      await pullOnce(options, { etag, waitSeconds: etag === null ? 0 : holdSeconds }, signal);
      if (full) fullAtMs = clock();
      failures = 0;
      options.onContact({ failures, error: null });
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      options.onContact({ failures, error });
      if (error instanceof AegisError && (error.code === 'STATE_REJECTED' || error.code === 'SIGNATURE_INVALID')) {
        options.onRejected(error);
      }
      const waitMs = failures === 1 && isReplaced(error) ? 0 : backoffMs(failures, random, retryAfterMs(error));
      const refusal = systemRefusal(error);
      const told = refusal === null ? {} : { refused: refusal.detail };
      log.warn('sync failed', { ...told, error, failures, retryInMs: Math.round(waitMs) });
      await pause(waitMs, signal);
    }
  }
}

/** One request and what follows from it. Throws when the registry must be asked again for the same state. */
async function pullOnce(
  options: PullOptions,
  ask: { etag: string | null; waitSeconds: number },
  signal: AbortSignal,
): Promise<void> {
  const { registry, paths, clusterId, keyring, cursor, clock, log } = options;
  const answer = await registry.state({ ...ask, signal });
  if (answer.jws === null) return;
  const before = options.current();
  // The cursor too says what is older, should the adopted state have been lost.
  const expected = { clusterId, adopted: before ?? cursor.position, nowMs: clock() };
  const { jws } = answer;
  const document = await withNewKeys(keyring, (keys) => verifyState(jws, { ...expected, keys }));
  const { tenants, missing } = await loadTenants(options, document, before, signal);
  const { epoch, sequence, issuedAt, expiresAt } = document;
  const adopted: Adopted = { jws, epoch, sequence, issuedAt, expiresAt, adoptedAtMs: clock(), tenants };
  // Stored before it is applied: after a crash in between, the start finishes the newer state and does not undo it.
  await writeAdopted(paths, adopted);
  const applied = await options.apply(adopted);
  log.info('state adopted', { epoch, sequence, tenants: tenants.length, applied, missing: missing.length });
  const [firstMissing] = missing;
  if (firstMissing !== undefined) throw firstMissing;
  if (!applied) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `The state ${etagOf(document)} could not be applied as a whole; the acknowledgements say where. It is tried again.`,
    });
  }
  await cursor.move(document);
}

/** Every tenant of the state with the document that holds: the new one, or the last good one beside the reason. */
async function loadTenants(
  options: PullOptions,
  document: StateDocument,
  before: Adopted | null,
  signal: AbortSignal,
): Promise<{ tenants: AdoptedTenant[]; missing: unknown[] }> {
  const lastById = new Map(before?.tenants.map((tenant) => [tenant.tenantId, tenant]));
  const tenants: AdoptedTenant[] = [];
  const missing: unknown[] = [];
  const load = async (entry: Entry): Promise<AdoptedTenant> => {
    const { tenantId, revision, digest } = entry;
    const last = lastById.get(tenantId)?.enforced ?? null;
    if (last?.digest === digest && last.revision === revision) return { tenantId, enforced: last, refused: null };
    try {
      return {
        tenantId,
        enforced: { revision, digest, document: await loadDocument(options, entry, signal) },
        refused: null,
      };
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isRefusal(error)) missing.push(error);
      options.log.error('tenant not adopted', { tenantId, revision, error });
      // Replaced before it was fetched: there is a newer state already, so nothing is said about this one.
      if (isReplaced(error)) return { tenantId, enforced: last, refused: lastById.get(tenantId)?.refused ?? null };
      const reason = error instanceof Error ? error.message : String(error);
      return { tenantId, enforced: last, refused: { revision, digest, error: reason } };
    }
  };
  for (let start = 0; start < document.tenants.length; start += FETCHES_AT_ONCE) {
    tenants.push(...(await Promise.all(document.tenants.slice(start, start + FETCHES_AT_ONCE).map(load))));
  }
  return { tenants, missing };
}

/** The document from the disk or the registry, its digest and every approval in it checked. */
async function loadDocument({ registry, paths, keyring }: PullOptions, entry: Entry, signal: AbortSignal) {
  const cached = await readDocument(paths, entry.digest);
  const document =
    (cached === null ? null : await openTenantDocument(cached, entry).catch(() => null)) ??
    (await fetchDocument({ registry, paths }, entry, signal));
  await withNewKeys(keyring, (keys) => verifyApprovals(document, keys));
  return document;
}

/** What a key signed that is not pinned is looked at again, once the pinned ones vouched for new keys. */
async function withNewKeys<T>(keyring: Keyring, verify: (keys: KeySet) => Promise<T>): Promise<T> {
  try {
    return await verify(keyring.pinned());
  } catch (error) {
    if (!(error instanceof AegisError && error.code === 'SIGNATURE_INVALID') || !(await keyring.follow())) throw error;
    return await verify(keyring.pinned());
  }
}

async function fetchDocument(
  { registry, paths }: Pick<PullOptions, 'registry' | 'paths'>,
  entry: Entry,
  signal: AbortSignal,
) {
  const bytes = await registry.tenantDocument(entry.digest, signal);
  const document = await openTenantDocument(bytes, entry);
  await writeDocument(paths, entry.digest, bytes);
  return document;
}

/** True when the registry no longer has the document, because a newer one took its place since the state was signed. */
function isReplaced(error: unknown): boolean {
  return error instanceof AegisError && error.code === 'NOT_FOUND';
}

/** True when the document itself is at fault, so that asking for it again at once cannot help. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof AegisError &&
    (error.code === 'APPROVAL_INVALID' || error.code === 'SIGNATURE_INVALID' || error.code === 'STATE_REJECTED')
  );
}
