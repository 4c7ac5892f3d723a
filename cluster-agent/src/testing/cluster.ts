import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import {
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  NetworkingV1Api,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1NetworkPolicySpec,
  type V1PolicyRule,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { type PrivateCluster, startCluster } from '../../../tools/cluster.ts';
import { awaitKubernetes, type KubernetesTools, whyNoKubernetes } from '../../../tools/kubernetes.ts';

/** The tools when this machine has them, or is building them right now: then they are waited for. */
export const kubernetesTools: KubernetesTools | null =
  whyNoKubernetes().length > 0
    ? null
    : await awaitKubernetes({
        onWait: () => process.stderr.write('Waiting for the Kubernetes API to be built …\n'),
        untilMs: Number(process.env.AEGIS_TOOLS_UNTIL_MS ?? Number.POSITIVE_INFINITY),
      });
/** Stands in the name of what is skipped without them. */
export const whyNoCluster =
  kubernetesTools !== null ? '' : ` (${whyNoKubernetes()[0] ?? 'no Kubernetes API is built here yet: npm run tools'})`;

/** One request that the API answered, as its own audit says. */
export interface Audited {
  user: string;
  verb: string;
  resource: string;
  namespace: string;
}

/** A real API server, shared by all tests of this process; each has namespaces of its own. */
export interface TestCluster extends PrivateCluster {
  admin: KubeConfig;
  as(token: string): KubeConfig;
  core: CoreV1Api;
  networking: NetworkingV1Api;
  /** Two new namespaces. */
  newPlace(): Promise<{ tenantsNamespace: string; systemNamespace: string }>;
  /** A token of a new service account that may do what the rules say in each namespace. */
  newAccount(name: string, grants: { namespace: string; rules: V1PolicyRule[] }[]): Promise<string>;
  /** A token of a service account that is there. */
  tokenOf(namespace: string, name: string): Promise<string>;
  /** Server-side apply of any object as it stands, no field of it dropped; `dryRun` only asks whether it would be taken. */
  put(object: KubernetesObject, how?: { dryRun: boolean }): Promise<void>;
  /** What the accounts of the namespace asked for, from the first request. */
  audited(namespace: string): Audited[];
  /** Server-side apply as somebody else. */
  edit(policy: { namespace: string; name: string; spec: V1NetworkPolicySpec; manager?: string }): Promise<void>;
}

let shared: Promise<TestCluster> | null = null;
let count = 0;

export function testCluster(): Promise<TestCluster> {
  shared ??= open();
  return shared;
}

async function open(): Promise<TestCluster> {
  if (kubernetesTools === null) throw new Error('no tools');
  const cluster = await startCluster(kubernetesTools);
  const as = (token: string) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'test', server: cluster.url, caData: readFileSync(cluster.ca).toString('base64'), skipTLSVerify: false },
      { name: 'test', token },
    );
    return config;
  };
  const admin = as(cluster.token);
  const core = admin.makeApiClient(CoreV1Api);
  const networking = admin.makeApiClient(NetworkingV1Api);
  const rbac = admin.makeApiClient(RbacAuthorizationV1Api);
  const tokenOf = async (namespace: string, name: string) => {
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace,
      name,
      body: { spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3600 } },
    });
    return status?.token ?? '';
  };
  return {
    ...cluster,
    admin,
    as,
    core,
    networking,
    async newPlace() {
      const id = `${process.pid}-${++count}`;
      const place = { tenantsNamespace: `tenants-${id}`, systemNamespace: `system-${id}` };
      for (const name of Object.values(place)) await core.createNamespace({ body: { metadata: { name } } });
      return place;
    },
    async newAccount(name, grants) {
      const namespace = grants[0]?.namespace ?? 'default';
      await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
      for (const grant of grants) {
        await rbac.createNamespacedRole({
          namespace: grant.namespace,
          body: { metadata: { name }, rules: grant.rules },
        });
        await rbac.createNamespacedRoleBinding({
          namespace: grant.namespace,
          body: {
            metadata: { name },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
            subjects: [{ kind: 'ServiceAccount', name, namespace }],
          },
        });
      }
      return tokenOf(namespace, name);
    },
    tokenOf,
    async put(object, { dryRun } = { dryRun: false }) {
      const { apiVersion = '', kind = '', metadata } = object;
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const path = `${group}/namespaces/${metadata?.namespace}/${pluralOf(kind)}/${metadata?.name}`;
      const query = `fieldManager=helm&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
      const { status, body } = await send(`${cluster.url}${path}?${query}`, { ...cluster, object });
      if (status >= 300) throw new Error(`${kind} ${metadata?.name}: ${body}`);
    },
    audited: (namespace) =>
      readFileSync(cluster.audit, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`system:serviceaccount:${namespace}:`))
        .map((line) => AuditLine.parse(JSON.parse(line)))
        .map(({ user, verb, objectRef }) => ({
          user: user.username,
          verb,
          resource: objectRef.apiGroup === '' ? objectRef.resource : `${objectRef.resource}.${objectRef.apiGroup}`,
          namespace: objectRef.namespace,
        })),
    async edit({ namespace, name, spec, manager = 'kubectl' }) {
      const body = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec };
      await networking.patchNamespacedNetworkPolicy(
        { namespace, name, body, fieldManager: manager, force: true },
        setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
      );
    },
  };
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** The client knows the fields of each kind and drops all others; what is asked here is whether there are any. */
async function send(
  url: string,
  { ca, token, object }: { ca: string; token: string; object: KubernetesObject },
): Promise<{ status: number; body: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/apply-patch+yaml' };
  const asked = request(url, { method: 'PATCH', ca: readFileSync(ca), headers });
  asked.end(JSON.stringify(object));
  const [response]: IncomingMessage[] = await once(asked, 'response');
  return { status: response?.statusCode ?? 0, body: response === undefined ? '' : await text(response) };
}

const AuditLine = z.looseObject({
  verb: z.string(),
  user: z.looseObject({ username: z.string() }),
  objectRef: z
    .looseObject({ resource: z.string(), apiGroup: z.string().default(''), namespace: z.string().default('') })
    .default({ resource: '', apiGroup: '', namespace: '' }),
});
