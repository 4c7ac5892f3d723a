import type { Log } from '@aegis/skill-sdk/log';
import { ApiException, CoordinationV1Api, type KubeConfig, type V1Lease, V1MicroTime } from '@kubernetes/client-node';
import { pause } from '../../every.ts';

/** Who says nothing for so long is gone, and another one takes over. */
const LEASE_SECONDS = 15;
const RENEW_SECONDS = 5;
/** Whoever could not renew for so long stops, well before another one may begin. */
const GIVE_UP_SECONDS = 10;
/** How often one who waits looks. */
const LOOK_SECONDS = 2;

export interface LeaseOptions {
  namespace: string;
  name: string;
  /** Who we are; another one in every process. */
  holder: string;
  signal: AbortSignal;
  log: Log;
  /** Milliseconds that only grow; the clocks of two machines are never compared. */
  elapsed?: () => number;
  wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

export interface HeldLease {
  /** Aborts when it could not be renewed, or is another's. */
  lost: AbortSignal;
  /** Gives it back, so that the next one need not wait. */
  release(): Promise<void>;
}

/** Waits until no other agent of this cluster works, and then holds the lease. Null when the signal aborted first. */
export async function takeLease(config: KubeConfig, options: LeaseOptions): Promise<HeldLease | null> {
  const { namespace, name, holder, signal, log } = options;
  const { elapsed = () => performance.now(), wait = (seconds, until) => pause(seconds * 1000, until) } = options;
  const api = config.makeApiClient(CoordinationV1Api);
  let seen = { mark: '', atMs: elapsed() };

  /** True when it is ours now. What another one wrote in between makes the write fail, so two never have it. */
  const tryOnce = async (): Promise<boolean> => {
    const found = await read(api, namespace, name);
    if (found === null) {
      await api.createNamespacedLease({ namespace, body: leaseOf({ namespace, name }, holder, 0) });
      return true;
    }
    const {
      holderIdentity = '',
      renewTime,
      leaseTransitions = 0,
      leaseDurationSeconds = LEASE_SECONDS,
    } = found.spec ?? {};
    // The client reads this kind of time as text, whatever its types say.
    const mark = `${holderIdentity} ${JSON.stringify(renewTime)}`;
    if (mark !== seen.mark) seen = { mark, atMs: elapsed() };
    const isFree = holderIdentity === '' || elapsed() - seen.atMs > leaseDurationSeconds * 1000;
    if (holderIdentity !== holder && !isFree) return false;
    const changes = holderIdentity === holder ? leaseTransitions : leaseTransitions + 1;
    await api.replaceNamespacedLease({ namespace, name, body: leaseOf(found.metadata ?? {}, holder, changes) });
    return true;
  };

  for (let isTold = false; ; ) {
    if (signal.aborted) return null;
    try {
      if (await tryOnce()) break;
      if (!isTold)
        log.info('another agent of this cluster works, waiting for its lease', { lease: `${namespace}/${name}` });
      isTold = true;
    } catch (error) {
      if (!isConflict(error)) log.warn('lease not taken', { lease: `${namespace}/${name}`, error });
    }
    await wait(LOOK_SECONDS, signal);
  }
  const lost = new AbortController();
  const stopped = new AbortController();
  const renewing = (async () => {
    for (let renewedAtMs = elapsed(); !stopped.signal.aborted; ) {
      await wait(RENEW_SECONDS, stopped.signal);
      if (stopped.signal.aborted) return;
      const isOurs = await tryOnce().catch((error) => (isConflict(error) ? false : null));
      if (isOurs === true) renewedAtMs = elapsed();
      if (isOurs === false || elapsed() - renewedAtMs > GIVE_UP_SECONDS * 1000) return lost.abort();
    }
  })();
  return {
    lost: lost.signal,
    async release() {
      stopped.abort();
      await renewing;
      const found = await read(api, namespace, name).catch(() => null);
      if (found?.spec?.holderIdentity !== holder) return;
      const body = leaseOf(found.metadata ?? {}, '', found.spec.leaseTransitions ?? 0);
      // Whoever waits sees in time that nobody renews.
      await api.replaceNamespacedLease({ namespace, name, body }).catch(() => undefined);
    },
  };
}

function leaseOf(metadata: V1Lease['metadata'], holder: string, leaseTransitions: number): V1Lease {
  const now = new V1MicroTime();
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: metadata ?? {},
    spec: {
      leaseDurationSeconds: LEASE_SECONDS,
      leaseTransitions,
      renewTime: now,
      ...(holder === '' ? {} : { holderIdentity: holder }),
    },
  };
}

async function read(api: CoordinationV1Api, namespace: string, name: string): Promise<V1Lease | null> {
  try {
    return await api.readNamespacedLease({ namespace, name });
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return null;
    throw error;
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiException && error.code === 409;
}
