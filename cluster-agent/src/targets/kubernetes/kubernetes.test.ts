import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Adopted } from '../../adopted.ts';
import { compile } from '../../egress/compile.ts';
import { createBell } from '../../every.ts';
import { createEnforcer } from '../../reconcile/enforce.ts';
import { kubernetesTools, testCluster, whyNoCluster } from '../../testing/cluster.ts';
import { agent, allow, NOW_MS, seededId, tenantDocument } from '../../testing/documents.ts';
import { EGRESS } from '../../testing/egress.ts';
import { clusterId } from '../../testing/identity.ts';
import { recordedLog } from '../../testing/log.ts';
import { connectKubernetes } from './api.ts';
import { openKubernetes } from './kubernetes.ts';

const ACME = seededId('tenant', 1);
const GLOBEX = seededId('tenant', 2);
const POLICY = `tenant-${ACME}-egress`;
const it = test.skipIf(kubernetesTools === null);
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
/** Everything goes out: what nobody wants beside ours. */
const OPEN = { podSelector: {}, policyTypes: ['Egress'], egress: [{}] };

const RULES = [
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['networkpolicies'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
];
const MAP_RULES = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
];

function adopted(...modes: ('hard' | 'soft')[]): Adopted {
  const tenants = modes.map((mode, index) => {
    const tenantId = index === 0 ? ACME : GLOBEX;
    const document = tenantDocument({ tenantId, mode, agents: [agent({ allow: [allow('api.example.com')] })] });
    return { tenantId, enforced: { revision: 7, digest: 'sha256:', document }, refused: null };
  });
  return { jws: '', epoch: 1, sequence: 1, issuedAt: '', expiresAt: '', adoptedAtMs: NOW_MS, tenants };
}

/** An agent's half that writes, with a service account that may do just that, and its watch. */
async function open() {
  const cluster = await testCluster();
  const place = await cluster.newPlace();
  const token = await cluster.newAccount('aegis-agent', [
    { namespace: place.systemNamespace, rules: MAP_RULES },
    { namespace: place.tenantsNamespace, rules: RULES },
  ]);
  const { log, lines } = recordedLog();
  const api = connectKubernetes(cluster.as(token));
  const target = openKubernetes({ ...place, tenantLabel: 'tenant', clusterId: clusterId(), api, log });
  const acks: Record<string, unknown>[] = [];
  const enforcer = createEnforcer({
    adopted: null,
    target,
    compile: (document) => compile(document, { ...EGRESS, ...place }),
    report: (_position, ofAll) => acks.push(...ofAll.map((ack) => ({ ...ack }))),
    onApplied: async () => {},
    clock: () => NOW_MS,
    log,
  });
  const { tenantsNamespace: namespace, systemNamespace } = place;
  const policy = (name = POLICY) => cluster.networking.readNamespacedNetworkPolicy({ namespace, name });
  const calls = (...verbs: string[]) =>
    cluster.audited(systemNamespace).filter(({ verb }) => verbs.length === 0 || verbs.includes(verb));
  return {
    ...cluster,
    namespace,
    systemNamespace,
    target,
    enforcer,
    acks,
    lines,
    policy,
    calls,
    /** Writes that the API has seen from this agent. */
    writes: () => calls('create', 'patch', 'update', 'delete', 'deletecollection').length,
    /** As the agent does: each change in the cluster is looked at. */
    watch: () => {
      const stop = new AbortController();
      const bell = createBell();
      const watching = target.watch(stop.signal, bell.ring);
      const healing = (async () => {
        while (!stop.signal.aborted) {
          await bell.wait(60_000, stop.signal);
          if (!stop.signal.aborted) await enforcer.reconcile();
        }
      })();
      onTestFinished(async () => {
        stop.abort();
        await Promise.all([watching, healing]);
      });
    },
  };
}

const managers = ({ metadata }: V1NetworkPolicy) =>
  metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);

describe(`a tenant's policy in a real Kubernetes API (A114-A128, A137, A144)${whyNoCluster}`, () => {
  it('is applied by the server under our own manager, and not one write more while nothing changes', async () => {
    const { enforcer, policy, writes, acks, namespace } = await open();
    expect(await enforcer.adopt(adopted('hard'))).toBe(true);
    const found = await policy();
    expect(found.spec?.podSelector?.matchLabels).toEqual({ tenant: ACME });
    expect(found.spec?.policyTypes).toEqual(['Egress']);
    expect(found.metadata).toMatchObject({ namespace, labels: { 'aegis.dev/tenant': ACME } });
    expect(managers(found)).toEqual(['aegis-agent Apply']);
    // Accepted is not obeyed: nothing but a probe may say verified.
    expect(acks.at(-1)).toEqual({ tenantId: ACME, revision: 7, state: 'applied', enforcement: 'unverified' });
    const before = writes();
    expect(before).toBe(3);
    for (let round = 0; round < 3; round++) expect(await enforcer.reconcile()).toBe(true);
    expect(writes()).toBe(before);
    expect(enforcer.status().drift.count).toBe(0);
  });

  it('is not written in SOFT, and goes when HARD is taken back', async () => {
    const { enforcer, networking, namespace } = await open();
    const names = async () =>
      (await networking.listNamespacedNetworkPolicy({ namespace })).items.map(({ metadata }) => metadata?.name);
    await enforcer.adopt(adopted('soft'));
    expect(await names()).toEqual([]);
    await enforcer.adopt(adopted('hard'));
    expect(await names()).toHaveLength(2);
    await enforcer.adopt(adopted('soft'));
    expect(await names()).toEqual([]);
  });

  it('that somebody edits, strips of its labels or removes is put right by the watch, and told field by field', async () => {
    const { enforcer, edit, policy, namespace, networking, lines, watch } = await open();
    await enforcer.adopt(adopted('hard'));
    const wanted = await policy();
    watch();
    const startedAtMs = performance.now();
    await edit({ namespace, name: POLICY, spec: { ...OPEN, ingress: [{}] }, manager: 'mallory' });
    await until(async () => expect((await policy()).spec).toEqual(wanted.spec));
    const tookMs = performance.now() - startedAtMs;
    if (process.env.AEGIS_FIGURES !== undefined)
      process.stderr.write(`drift corrected after ${Math.round(tookMs)} ms\n`);
    await until(() => expect(enforcer.status().drift.last).toMatchObject({ change: 'edited', changedBy: 'mallory' }));
    const { last } = enforcer.status().drift;
    expect(last?.object).toBe(`NetworkPolicy ${namespace}/${POLICY}`);
    expect(last?.fields.map(({ field }) => field)).toEqual([
      '/spec/egress',
      '/spec/ingress',
      '/spec/podSelector/matchLabels',
    ]);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'drift, undone', changedBy: 'mallory' }));

    await networking.patchNamespacedNetworkPolicy({
      namespace,
      name: POLICY,
      body: [
        { op: 'remove', path: '/metadata/labels' },
        { op: 'remove', path: '/metadata/annotations' },
      ],
    });
    await until(async () => expect((await policy()).metadata?.labels).toEqual(wanted.metadata?.labels));

    await networking.deleteNamespacedNetworkPolicy({ namespace, name: POLICY });
    await until(async () => expect((await policy()).spec).toEqual(wanted.spec));
    await until(() => expect(enforcer.status().drift.last?.change).toBe('removed'));
  });

  it('keeps labels and annotations that others put on it, and does not fight about them', async () => {
    const { enforcer, networking, namespace, policy, writes } = await open();
    await enforcer.adopt(adopted('hard'));
    const body = [{ op: 'add', path: '/metadata/annotations/argocd.argoproj.io~1tracking-id', value: 'x' }];
    await networking.patchNamespacedNetworkPolicy({ namespace, name: POLICY, body });
    const before = writes();
    await enforcer.reconcile();
    expect(writes()).toBe(before);
    expect((await policy()).metadata?.annotations?.['argocd.argoproj.io/tracking-id']).toBe('x');
  });

  it('is never taken over from somebody who has one of that name', async () => {
    const { enforcer, edit, namespace, policy, acks } = await open();
    await edit({ namespace, name: POLICY, spec: OPEN });
    expect(await enforcer.adopt(adopted('hard', 'hard'))).toBe(false);
    expect((await policy()).spec?.egress).toEqual([{}]);
    expect(acks).toMatchObject([
      { tenantId: ACME, state: 'failed', error: expect.stringContaining('was not written by this cluster') },
      { tenantId: GLOBEX, state: 'applied' },
    ]);
  });

  it('that another policy widens says so as soon as that one comes, and no more when it is gone', async () => {
    const { enforcer, edit, namespace, networking, acks, watch } = await open();
    await enforcer.adopt(adopted('hard', 'soft'));
    watch();
    await edit({ namespace, name: 'helpful', spec: OPEN });
    await until(() =>
      expect(acks.at(-2)).toMatchObject({ tenantId: ACME, error: expect.stringContaining(`${namespace}/helpful`) }),
    );
    // SOFT closes nothing that could be widened.
    expect(acks.at(-1)).toEqual({ tenantId: GLOBEX, revision: 7, state: 'applied', enforcement: 'none' });
    await networking.deleteNamespacedNetworkPolicy({ namespace, name: 'helpful' });
    await until(() => expect(acks.at(-2)).not.toHaveProperty('error'));
  });

  it('that Kubernetes does not let us read says so in its words, and what to do', async () => {
    const cluster = await testCluster();
    const place = await cluster.newPlace();
    const token = await cluster.newAccount('weak', [{ namespace: place.tenantsNamespace, rules: [] }]);
    const { log } = recordedLog();
    const target = openKubernetes({
      ...place,
      tenantLabel: 'tenant',
      clusterId: clusterId(),
      api: connectKubernetes(cluster.as(token)),
      log,
    });
    await expect(target.list()).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(
        /cannot list resource "(networkpolicies|configmaps)".*Grant it in the agent's Role/,
      ),
    });
  });
});
