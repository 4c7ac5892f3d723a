import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubernetesObject, V1Deployment, V1PodSpec, V1Role } from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Adopted } from '../src/adopted.ts';
import { runAgent } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { compile } from '../src/egress/compile.ts';
import { openClusterPods } from '../src/gateway/cluster-pods.ts';
import { createEnforcer } from '../src/reconcile/enforce.ts';
import { connectKubernetes, fillSecret } from '../src/targets/kubernetes/api.ts';
import { openKubernetes } from '../src/targets/kubernetes/kubernetes.ts';
import { takeLease } from '../src/targets/kubernetes/lease.ts';
import { uninstall } from '../src/targets/kubernetes/uninstall.ts';
import { kubernetesTools, testCluster, whyNoCluster } from '../src/testing/cluster.ts';
import { NOW_MS, seededId, tenantDocument } from '../src/testing/documents.ts';
import { EGRESS } from '../src/testing/egress.ts';
import { temporaryFolder } from '../src/testing/folder.ts';
import { clusterId } from '../src/testing/identity.ts';
import { recordedLog } from '../src/testing/log.ts';
import { startTestRegistry } from '../src/testing/registry.ts';
import { signedDocument } from '../src/testing/signed.ts';

const CHART = fileURLToPath(new URL('.', import.meta.url));
const VALUES = {
  'registry.url': 'https://registry.example',
  'enrolment.token': 'one-use',
  'gateway.clusterIP': '10.96.0.80',
  'dns.clusterIP': '10.96.0.53',
  // Whatever is optional and needs no other operator is tried as well.
  'registry.ca': 'PEM',
  'proxy.https': 'http://proxy.example:3128',
  'dns.clusterResolver': '10.96.0.10',
};
const it = test.skipIf(kubernetesTools === null);
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const ACME = seededId('tenant', 1);

function helm(args: readonly string[], values: Record<string, string> = VALUES) {
  const set = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { status, stdout, stderr } = spawnSync(kubernetesTools?.helm ?? '', [...args, ...set], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`, stdout };
}

type Place = { tenantsNamespace: string; systemNamespace: string };

function rendered({ tenantsNamespace, systemNamespace }: Place, more: Record<string, string> = {}): KubernetesObject[] {
  const { status, said, stdout } = helm(['template', 'aegis', CHART, '--namespace', systemNamespace], {
    ...VALUES,
    'tenants.namespace': tenantsNamespace,
    ...more,
  });
  expect(status, said).toBe(0);
  return parseAllDocuments(stdout).flatMap((document) => {
    const object = document.toJS();
    // Helm gives its own namespace to what names none.
    return object === null ? [] : [{ ...object, metadata: { namespace: systemNamespace, ...object.metadata } }];
  });
}

const ofKind = <T extends KubernetesObject>(objects: KubernetesObject[], ...kinds: string[]) =>
  objects.filter(({ kind }) => kinds.includes(kind ?? '')) as T[];

/** What an account of the chart's Roles may do, as `verb resource`. */
function granted(objects: KubernetesObject[], ...roles: string[]): string[] {
  return ofKind<V1Role>(objects, 'Role')
    .filter(({ metadata }) => roles.includes(metadata?.name ?? ''))
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ verbs, resources = [], apiGroups = [] }) =>
      verbs.flatMap((verb) =>
        resources.map((resource) => `${verb} ${[resource, ...apiGroups].filter((part) => part !== '').join('.')}`),
      ),
    )
    .sort();
}

/** The accounts, roles and the empty Secret of the chart are there. */
async function installed(change: (role: V1Role) => V1Role = (role) => role) {
  const cluster = await testCluster();
  const place = await cluster.newPlace();
  const objects = rendered(place);
  const isHook = ({ metadata }: KubernetesObject) => metadata?.annotations?.['helm.sh/hook'] !== undefined;
  for (const object of ofKind(objects, 'ServiceAccount', 'Role', 'RoleBinding', 'Secret')) {
    if (!isHook(object) || object.metadata?.name?.startsWith('aegis-uninstall') === true) {
      await cluster.put(object.kind === 'Role' ? change(object as V1Role) : object);
    }
  }
  const { log, lines } = recordedLog();
  const config = cluster.as(await cluster.tokenOf(place.systemNamespace, 'aegis-agent'));
  const api = connectKubernetes(config);
  const target = openKubernetes({ ...place, tenantLabel: 'tenant', clusterId: clusterId(), api, log });
  const enforcer = createEnforcer({
    adopted: null,
    target,
    compile: (document) => compile(document, { ...EGRESS, ...place }),
    report: () => {},
    onApplied: async () => {},
    clock: () => NOW_MS,
    log,
  });
  const used = (account: string) => [
    ...new Set(
      cluster
        .audited(place.systemNamespace)
        .filter(({ user }) => user.endsWith(`:${account}`))
        .map(({ verb, resource }) => `${verb} ${resource}`),
    ),
  ];
  return { ...cluster, place, objects, config, target, enforcer, used, log, lines };
}

function adopted(mode: 'hard' | 'soft'): Adopted {
  const document = tenantDocument({ mode });
  const tenants = [{ tenantId: ACME, enforced: { revision: 7, digest: 'sha256:', document }, refused: null }];
  return { jws: '', epoch: 1, sequence: 1, issuedAt: '', expiresAt: '', adoptedAtMs: NOW_MS, tenants };
}

describe(`the chart${whyNoCluster}`, () => {
  it('passes helm’s own lint, and says which values are missing', () => {
    expect(helm(['lint', CHART, '--strict']).said).toContain('0 chart(s) failed');
    const { status, said } = helm(['lint', CHART, '--strict'], {
      'registry.url': 'registry.example',
      'gateway.port': '1',
    });
    expect(status).toBe(1);
    for (const name of ['/registry/url', '/gateway/clusterIP', '/dns/clusterIP', '/enrolment', "'port' not allowed"])
      expect(said).toContain(name);
  });

  it('makes objects that a real API takes, field by field, with every option on', async () => {
    const { put, newPlace } = await testCluster();
    const objects = rendered(await newPlace());
    expect(objects.length).toBeGreaterThan(30);
    for (const object of objects) await put(object, { dryRun: true });
    const [policy] = ofKind<KubernetesObject & { spec: object }>(objects, 'NetworkPolicy');
    const wrong = { ...policy, spec: { ...policy?.spec, egres: [] } };
    await expect(put(wrong, { dryRun: true })).rejects.toThrow(/egres/);
  });

  it('asks for monitoring only when told to', async () => {
    const place = { tenantsNamespace: 'tenants', systemNamespace: 'system' };
    const kinds = (more: Record<string, string>) => rendered(place, more).map(({ kind }) => kind);
    expect(kinds({})).not.toEqual(expect.arrayContaining(['ServiceMonitor']));
    const both = { 'metrics.serviceMonitor': 'true', 'metrics.prometheusRule': 'true' };
    expect(kinds(both)).toEqual(expect.arrayContaining(['ServiceMonitor', 'PrometheusRule']));
  });

  it('runs in a namespace that lets in restricted pods alone: no root, no capability, nothing written to an image', async () => {
    const { core, put, newPlace } = await testCluster();
    const place = await newPlace();
    const body = [{ op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'restricted' }];
    await core.patchNamespace({ name: place.systemNamespace, body });
    const deployments = ofKind<V1Deployment>(rendered(place), 'Deployment', 'Job');
    expect(deployments.map(({ metadata }) => metadata?.name).sort()).toEqual([
      'aegis-agent',
      'aegis-dns',
      'aegis-egress',
      'aegis-uninstall',
    ]);
    for (const { metadata, spec } of deployments) {
      const pod = (of: V1PodSpec | undefined) => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: of });
      await put(pod(spec?.template.spec), { dryRun: true });
      for (const container of spec?.template.spec?.containers ?? [])
        expect(container.securityContext?.readOnlyRootFilesystem, container.name).toBe(true);
    }
  });

  it('grants the agent what it uses, verb by verb, and nothing else', async () => {
    const { enforcer, target, place, objects, used, config, edit, log } = await installed();
    const stop = new AbortController();
    const watching = target.watch(stop.signal, () => {});
    onTestFinished(async () => {
      stop.abort();
      await watching;
    });
    await enforcer.adopt(adopted('hard'));
    await edit({
      namespace: place.tenantsNamespace,
      name: `tenant-${ACME}-egress`,
      spec: { podSelector: {}, policyTypes: ['Egress'] },
    });
    await enforcer.reconcile();
    await enforcer.adopt(adopted('soft'));
    await enforcer.adopt({ ...adopted('soft'), tenants: [] });
    const files = { 'key.json': Buffer.from('{}') };
    await fillSecret(config, { namespace: place.systemNamespace, name: 'aegis-identity', files });
    const lease = { namespace: place.systemNamespace, name: 'aegis-agent', holder: 'one', signal: stop.signal, log };
    await (await takeLease(config, lease))?.release();
    // What creates by server-side apply is a patch in the audit, and needs `create` all the same: see below.
    const created = ['create configmaps', 'create networkpolicies.networking.k8s.io'];
    await until(() =>
      expect([...used('aegis-agent'), ...created].sort()).toEqual(granted(objects, 'aegis-agent', 'aegis-agent-state')),
    );
    await expect(
      fillSecret(config, { namespace: place.systemNamespace, name: 'aegis-join-token', files }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('grants enough for the whole agent: it joins, holds its lease, applies HARD, tells the gateways who they are', async () => {
    const { as, tokenOf, place, networking, core, log } = await installed();
    const { tenantsNamespace: namespace, systemNamespace } = place;
    const folder = await temporaryFolder();
    const kubeConfig = join(folder, 'kubeconfig');
    writeFileSync(kubeConfig, as(await tokenOf(systemNamespace, 'aegis-agent')).exportConfig());
    const registry = await startTestRegistry();
    await registry.publish(await signedDocument(registry.approvalKey, { mode: 'hard' }));
    const config = parseConfig({
      AEGIS_REGISTRY: registry.url,
      AEGIS_JOIN_TOKEN: registry.joinToken,
      AEGIS_STATE_DIR: join(folder, 'state'),
      AEGIS_TARGET: 'kubernetes',
      AEGIS_KUBECONFIG: kubeConfig,
      AEGIS_IDENTITY_SECRET: 'aegis-identity',
      AEGIS_SYSTEM_NAMESPACE: systemNamespace,
      AEGIS_TENANTS_NAMESPACE: namespace,
      AEGIS_POLL_WAIT_SECONDS: '1',
    });
    const stop = new AbortController();
    const running = runAgent({ config, signal: stop.signal, log });
    onTestFinished(async () => {
      stop.abort();
      await running;
    });
    await until(async () =>
      expect((await networking.listNamespacedNetworkPolicy({ namespace })).items).toHaveLength(2),
    );
    const secret = await core.readNamespacedSecret({ namespace: systemNamespace, name: 'aegis-identity' });
    expect(Object.keys(secret.data ?? {}).sort()).toEqual(['identity.json', 'key.json']);
    stop.abort();
    await running;
  });

  it.each(['configmaps', 'networkpolicies'])(
    'without create of %s the agent cannot work, and says so',
    async (resource) => {
      const { enforcer } = await installed((role) => ({
        ...role,
        rules:
          role.rules?.map((rule) =>
            rule.resources?.includes(resource) === true
              ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }
              : rule,
          ) ?? [],
      }));
      expect(await enforcer.adopt(adopted('hard'))).toBe(false);
      expect(enforcer.status().tenants[0]?.error).toMatch(`cannot create resource "${resource}"`);
    },
  );

  it('grants the gateway to look at the pods of tenants, and uses both verbs', async () => {
    const { place, objects, used, tokenOf, url, ca, log } = await installed();
    const tokenFile = join(await temporaryFolder(), 'token');
    writeFileSync(tokenFile, await tokenOf(place.systemNamespace, 'aegis-egress'));
    const access = { server: url, tokenFile, caFile: ca };
    const stop = new AbortController();
    const pods = openClusterPods({ ...place, access, tenantLabel: 'tenant', dnsAddress: null, log });
    const watching = pods.watch(stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await watching;
    });
    await until(async () => expect(await pods.refresh()).toBe(true));
    stop.abort();
    await watching;
    await until(() => expect(used('aegis-egress').sort()).toEqual(granted(objects, 'aegis-egress')));
  });

  it.each([
    { keepPolicies: false, left: 0 },
    { keepPolicies: true, left: 2 },
  ])(
    'leaves $left policies behind when keepPolicies is $keepPolicies, and nothing of others',
    async ({ keepPolicies, left }) => {
      const { enforcer, place, objects, used, as, tokenOf, networking, core, edit } = await installed();
      await enforcer.adopt(adopted('hard'));
      const { tenantsNamespace: namespace, systemNamespace } = place;
      await edit({ namespace, name: 'of-others', spec: { podSelector: {} } });
      const api = connectKubernetes(as(await tokenOf(systemNamespace, 'aegis-uninstall')));
      expect(await uninstall(api, { ...place, keepPolicies })).toBe(3 - left);
      const policies = await networking.listNamespacedNetworkPolicy({ namespace });
      expect(policies.items).toHaveLength(left + 1);
      const maps = await core.listNamespacedConfigMap({ namespace: systemNamespace });
      expect(maps.items.map(({ metadata }) => metadata?.name)).not.toContain(`tenant-${ACME}-allow-list`);
      if (keepPolicies) return;
      const roles = ['aegis-uninstall-configmaps', 'aegis-uninstall-networkpolicies'];
      await until(() => expect(used('aegis-uninstall').sort()).toEqual(granted(objects, ...roles)));
    },
  );

  it('installs by helm into a real API, and is gone after helm uninstall', async () => {
    const { as, token, newPlace, networking } = await testCluster();
    const { tenantsNamespace, systemNamespace } = await newPlace();
    const file = join(await temporaryFolder(), 'kubeconfig');
    writeFileSync(file, as(token).exportConfig());
    const where = ['--kubeconfig', file, '--namespace', systemNamespace];
    const values = { ...VALUES, 'tenants.namespace': tenantsNamespace };
    const { said } = helm(['install', 'aegis', CHART, ...where], values);
    expect(said).toContain('STATUS: deployed');
    const policies = async () =>
      (await networking.listNamespacedNetworkPolicy({ namespace: systemNamespace })).items.length;
    expect(await policies()).toBe(3);
    // Its hook is a Job, and nothing here runs one; what it does is tried above.
    const removed = helm(['uninstall', 'aegis', '--no-hooks', ...where], {});
    expect(removed.status, removed.said).toBe(0);
    expect(await policies()).toBe(0);
  });
});
