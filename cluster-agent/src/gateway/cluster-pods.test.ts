import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { kubernetesTools, testCluster, whyNoCluster } from '../testing/cluster.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { recordedLog } from '../testing/log.ts';
import { openClusterPods } from './cluster-pods.ts';

const DNS = '10.96.0.53';
const it = test.skipIf(kubernetesTools === null);
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const RULES = [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }];

/** A gateway's account, and somebody who plays scheduler and kubelet. */
async function open(rules = RULES) {
  const cluster = await testCluster();
  const { tenantsNamespace: namespace } = await cluster.newPlace();
  const token = await cluster.newAccount('aegis-egress', [{ namespace, rules }]);
  const tokenFile = join(await temporaryFolder(), 'token');
  writeFileSync(tokenFile, token);
  const stop = new AbortController();
  const { log, lines } = recordedLog();
  const pods = openClusterPods({
    access: { server: cluster.url, tokenFile, caFile: cluster.ca },
    tenantsNamespace: namespace,
    tenantLabel: 'tenant',
    dnsAddress: DNS,
    log,
  });
  const watching = pods.watch(stop.signal);
  const { core } = cluster;
  const addPod = async (name: string, ip: string, spec: Partial<V1Pod['spec']> = {}) => {
    const containers = [{ name: 'main', image: 'none' }];
    const labels = { tenant: 'acme', 'aegis.dev/agent': 'assistant' };
    await core.createNamespacedPod({
      namespace,
      body: { metadata: { name, labels }, spec: { containers, nodeName: 'node-1', ...spec } },
    });
    const body = [{ op: 'add', path: '/status', value: { phase: 'Running', podIP: ip, podIPs: [{ ip }] } }];
    await core.patchNamespacedPodStatus({ namespace, name, body });
  };
  const endPod = (name: string) => core.deleteNamespacedPod({ namespace, name, body: { gracePeriodSeconds: 0 } });
  onTestFinished(async () => {
    stop.abort();
    await watching;
  });
  const ips = async () => {
    await pods.refresh();
    return pods.now.map(({ ip }) => ip).sort();
  };
  return { pods, ips, addPod, endPod, lines, namespace };
}

describe(`the pods of tenants, from a real Kubernetes API${whyNoCluster}`, () => {
  it('are known with address, labels and node as soon as they have one, and gone with the pod', async () => {
    const { pods, ips, addPod, endPod, namespace } = await open();
    await addPod('assistant', '10.244.0.7');
    await until(async () => expect(await ips()).toEqual(['10.244.0.7']));
    expect(pods.now[0]).toMatchObject({
      namespace,
      name: 'assistant',
      node: 'node-1',
      labels: { tenant: 'acme', 'aegis.dev/agent': 'assistant' },
    });
    expect(await pods.refresh()).toBe(false);
    await addPod('second', '10.244.0.8');
    await until(async () => expect(await ips()).toEqual(['10.244.0.7', '10.244.0.8']));
    await endPod('assistant');
    await until(async () => expect(await ips()).toEqual(['10.244.0.8']));
    // A late line of the log still has a name.
    expect(pods.at('10.244.0.7')?.name).toBe('assistant');
  });

  it('on the node’s own network are nobody: the address is that of everything on the node', async () => {
    const { ips, addPod } = await open();
    await addPod('on-the-node', '192.0.2.10', { hostNetwork: true });
    await addPod('of-its-own', '10.244.0.9');
    await until(async () => expect(await ips()).toEqual(['10.244.0.9']));
  });

  it('that joined by label alone are named as not steered, with the patch that helps', async () => {
    const { pods, ips, addPod } = await open();
    await addPod('steered', '10.244.0.1', { dnsPolicy: 'None', dnsConfig: { nameservers: [DNS] } });
    await addPod('elsewhere', '10.244.0.2');
    await until(async () => expect(await ips()).toHaveLength(2));
    const [lacking, ...more] = pods.notSteered();
    expect(more).toEqual([]);
    expect(lacking?.pod).toMatch(/\/elsewhere$/);
    expect(JSON.parse(lacking?.patch ?? '')).toEqual({
      spec: { template: { spec: { dnsPolicy: 'None', dnsConfig: { nameservers: [DNS] } } } },
    });
  });

  it('that may not be read are nobody, which denies, and it is said', async () => {
    const { ips, lines } = await open([]);
    await until(() => expect(JSON.stringify(lines)).toContain('answers 403'));
    expect(await ips()).toEqual([]);
  });
});
