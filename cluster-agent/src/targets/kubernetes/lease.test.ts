import { CoordinationV1Api } from '@kubernetes/client-node';
import { describe, expect, test, vi } from 'vitest';
import { kubernetesTools, testCluster, whyNoCluster } from '../../testing/cluster.ts';
import { recordedLog } from '../../testing/log.ts';
import { takeLease } from './lease.ts';

const it = test.skipIf(kubernetesTools === null);
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

/** A lease that several agents want; their time goes on only when a test says so. */
async function open() {
  const { admin, newPlace } = await testCluster();
  const { systemNamespace: namespace } = await newPlace();
  const leases = admin.makeApiClient(CoordinationV1Api);
  let nowMs = 0;
  const sleepers = new Set<() => void>();
  const pass = (seconds: number) => {
    nowMs += seconds * 1000;
    for (const wake of sleepers) wake();
  };
  const stop = new AbortController();
  const take = (holder: string, signal = stop.signal) =>
    takeLease(admin, {
      namespace,
      name: 'aegis-agent',
      holder,
      signal,
      log: recordedLog().log,
      elapsed: () => nowMs,
      wait: (_seconds, ending) =>
        new Promise((resolve) => {
          const wake = () => {
            sleepers.delete(wake);
            resolve();
          };
          sleepers.add(wake);
          ending.addEventListener('abort', wake, { once: true });
        }),
    });
  const holder = async () =>
    (await leases.readNamespacedLease({ namespace, name: 'aegis-agent' })).spec?.holderIdentity;
  return { take, pass, holder, sleepers, stop, leases, namespace };
}

describe(`the lease that one agent of a cluster holds${whyNoCluster}`, () => {
  it('is one agent’s at a time, and the next one’s as soon as it is given back', async () => {
    const { take, pass, holder, sleepers } = await open();
    const first = await take('first');
    expect(await holder()).toBe('first');
    const second = take('second');
    await until(() => expect(sleepers.size).toBe(2));
    await first?.release();
    expect(await holder()).toBeUndefined();
    pass(2);
    const held = await second;
    expect(await holder()).toBe('second');
    expect(held?.lost.aborted).toBe(false);
    await held?.release();
  });

  it('of an agent that says nothing any more is taken over, and that one learns that it lost it', async () => {
    const { take, pass, holder, sleepers, leases, namespace } = await open();
    const first = await take('first');
    await until(() => expect(sleepers.size).toBe(1));
    // The first one hangs: somebody else has written since.
    const lease = await leases.readNamespacedLease({ namespace, name: 'aegis-agent' });
    await leases.replaceNamespacedLease({
      namespace,
      name: 'aegis-agent',
      body: { ...lease, spec: { ...lease.spec, holderIdentity: 'second' } },
    });
    pass(5);
    await until(() => expect(first?.lost.aborted).toBe(true));
    const third = take('third');
    await until(() => expect(sleepers.size).toBe(1));
    pass(16);
    const held = await third;
    expect(await holder()).toBe('third');
    await held?.release();
    await first?.release();
    expect(await holder()).toBeUndefined();
  });

  it('is waited for no longer than the agent is wanted', async () => {
    const { take, sleepers, stop } = await open();
    const first = await take('first');
    const second = take('second');
    await until(() => expect(sleepers.size).toBe(2));
    stop.abort();
    expect(await second).toBeNull();
    await first?.release();
  });
});
