import { isAbsolute, resolve } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { CLUSTER_KEY_DAYS, POLL_WAIT_SECONDS } from '@aegis/skill-sdk/limits';
import { z } from 'zod';

const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL_KEY = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const PLATFORM_SERVICE = /^([a-z0-9-]+)\/([^=,:]+)=([^=,:]*)(?::(\d{1,5}))?$/;

/** Pods of the platform that tenants may always reach (A129): by namespace and label, all ports or one. */
export interface PlatformService {
  namespace: string;
  label: { key: string; value: string };
  port: number | null;
}

const registryUrl = z
  .url({ protocol: /^https?$/, error: 'wants an http or https address' })
  .transform((text) => text.replace(/\/+$/, ''));
const namespace = z.string().regex(DNS_LABEL, 'wants the name of a namespace');
const directory = z
  .string()
  .min(1)
  .transform((path) => (isAbsolute(path) ? path : resolve(path)));

const Environment = z.object({
  AEGIS_REGISTRY: registryUrl,
  AEGIS_JOIN_TOKEN: z.string().min(1).optional(),
  AEGIS_STATE_DIR: directory.default('/var/lib/aegis-agent'),
  AEGIS_TARGET: z.enum(['manifests', 'kubernetes'], { error: 'wants manifests or kubernetes' }).default('manifests'),
  AEGIS_MANIFESTS_DIR: directory.optional(),
  AEGIS_KUBECONFIG: directory.optional(),
  AEGIS_IDENTITY_SECRET: z.string().min(1).optional(),
  AEGIS_HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  AEGIS_HEALTH_PORT: z
    .union([z.literal('off').transform(() => null), z.coerce.number().int().min(0).max(65_535)], {
      error: 'wants a port, or off',
    })
    .default(null),
  AEGIS_POLL_WAIT_SECONDS: z.coerce.number({ error: 'wants seconds' }).int().min(0).max(25).default(POLL_WAIT_SECONDS),
  AEGIS_RESYNC_SECONDS: z.coerce.number({ error: 'wants seconds' }).int().min(1).max(3600).default(300),
  AEGIS_KEY_DAYS: z.coerce
    .number({ error: 'wants days' })
    .int()
    .min(1)
    .max(CLUSTER_KEY_DAYS, `wants at most ${CLUSTER_KEY_DAYS} days`)
    .default(CLUSTER_KEY_DAYS),
  AEGIS_TENANT_LABEL: z.string().regex(LABEL_KEY, 'wants the key of a label').default('tenant'),
  AEGIS_TENANTS_NAMESPACE: namespace.default('aegis-tenants'),
  AEGIS_SYSTEM_NAMESPACE: namespace.default('aegis-system'),
  AEGIS_PLATFORM_SERVICES: z
    .string()
    .default('aegis-system/app=aegis-api')
    .transform((text, context) => parseServices(text, context)),
  AEGIS_DNS: z.enum(['steer', 'strict'], { error: 'wants steer or strict' }).default('steer'),
  AEGIS_GATEWAY_ADDRESS: z.ipv4({ error: 'wants the IPv4 address of the gateway' }).optional(),
  AEGIS_GATEWAY_DIR: directory.default('/run/aegis-gateway'),
  AEGIS_GATEWAY_RESOLVER: z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+:\d{1,5}$/, 'wants ADDRESS:PORT of a resolver')
    .optional(),
  AEGIS_CLUSTER_RESOLVER: z.ipv4({ error: "wants the IPv4 address of the cluster's own resolver" }).optional(),
  AEGIS_PODS_FILE: directory.optional(),
  AEGIS_CLUSTER_API: registryUrl.default('https://kubernetes.default.svc'),
  AEGIS_SERVICE_ACCOUNT_DIR: directory.default('/var/run/secrets/kubernetes.io/serviceaccount'),
  AEGIS_DNS_ADDRESS: z.ipv4({ error: 'wants the IPv4 address of the DNS of tenants' }).optional(),
  AEGIS_IDENTITY_DIR: directory.optional(),
  AEGIS_DRY_RUN: z.enum(['on', 'off'], { error: 'wants on or off' }).default('off'),
});

/** What the agent was started with. Frozen; times carry their unit. */
export interface Config {
  registry: string;
  joinToken: string | null;
  stateDir: string;
  target: 'manifests' | 'kubernetes';
  manifestsDir: string;
  /** Secret of the system namespace that is filled with the identity, for the gateways; null when they have it elsewhere. */
  identitySecret: string | null;
  /** How the cluster is reached; null as `kubectl` does, or by the pod's service account. */
  kubeConfig: string | null;
  healthHost: string;
  /** Null: no port is opened. */
  healthPort: number | null;
  pollWaitSeconds: number;
  resyncSeconds: number;
  /** At this age the cluster replaces its key. */
  keyDays: number;
  tenantLabel: string;
  tenantsNamespace: string;
  systemNamespace: string;
  platformServices: PlatformService[];
  /** `steer`: the one static server block of aegis-dns serves all; `strict`: one block per tenant that is enforced. */
  dns: 'steer' | 'strict';
  gatewayAddress: string | null;
  /** Where HAProxy and the agent beside it meet: configuration, maps, sockets, log. */
  gatewayDir: string;
  /** The resolver that the gateway asks, `address:port`; null takes those of the machine. */
  gatewayResolver: string | null;
  /** The cluster's own resolver, for its own names alone; null where tenants need none of them. */
  clusterResolver: string | null;
  /** JSON list of the pods behind the gateway; null when there is none: then the target `kubernetes` asks its API. */
  podsFile: string | null;
  /** Where the gateway finds the API of its cluster, and the account that it has there. */
  clusterApi: string;
  serviceAccountDir: string;
  /** What pods of tenants have to ask for names; null where nobody is told when they do not. */
  dnsAddress: string | null;
  /** State folder of the cluster's agent, whose identity the gateway takes over when it has none. */
  identityDir: string | null;
  /** True where a sandbox is to be looked for, and the registry asked for dry-runs. */
  dryRun: boolean;
}

/** The environment as a Config. Throws USAGE that names every variable that is wrong and what it wants. */
export function parseConfig(environment: Record<string, string | undefined>): Readonly<Config> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    throw wrong(
      parsed.error.issues.map(({ path, message }) => {
        const name = String(path[0]);
        return [name, given[name] === undefined ? 'is not set' : message];
      }),
    );
  }
  const values = parsed.data;
  if (values.AEGIS_DNS === 'strict' && values.AEGIS_GATEWAY_ADDRESS === undefined) {
    throw wrong([['AEGIS_GATEWAY_ADDRESS', 'is needed with AEGIS_DNS=strict: names are answered with it']]);
  }
  return Object.freeze({
    registry: values.AEGIS_REGISTRY,
    joinToken: values.AEGIS_JOIN_TOKEN ?? null,
    stateDir: values.AEGIS_STATE_DIR,
    target: values.AEGIS_TARGET,
    manifestsDir: values.AEGIS_MANIFESTS_DIR ?? resolve(values.AEGIS_STATE_DIR, 'manifests'),
    kubeConfig: values.AEGIS_KUBECONFIG ?? null,
    identitySecret: values.AEGIS_IDENTITY_SECRET ?? null,
    healthHost: values.AEGIS_HEALTH_HOST,
    healthPort: values.AEGIS_HEALTH_PORT,
    pollWaitSeconds: values.AEGIS_POLL_WAIT_SECONDS,
    resyncSeconds: values.AEGIS_RESYNC_SECONDS,
    keyDays: values.AEGIS_KEY_DAYS,
    tenantLabel: values.AEGIS_TENANT_LABEL,
    tenantsNamespace: values.AEGIS_TENANTS_NAMESPACE,
    systemNamespace: values.AEGIS_SYSTEM_NAMESPACE,
    platformServices: values.AEGIS_PLATFORM_SERVICES,
    dns: values.AEGIS_DNS,
    gatewayAddress: values.AEGIS_GATEWAY_ADDRESS ?? null,
    gatewayDir: values.AEGIS_GATEWAY_DIR,
    gatewayResolver: values.AEGIS_GATEWAY_RESOLVER ?? null,
    clusterResolver: values.AEGIS_CLUSTER_RESOLVER ?? null,
    podsFile: values.AEGIS_PODS_FILE ?? null,
    clusterApi: values.AEGIS_CLUSTER_API,
    serviceAccountDir: values.AEGIS_SERVICE_ACCOUNT_DIR,
    dnsAddress: values.AEGIS_DNS_ADDRESS ?? null,
    identityDir: values.AEGIS_IDENTITY_DIR ?? null,
    dryRun: values.AEGIS_DRY_RUN === 'on',
  });
}

/** The state folder alone, for what needs no registry. */
export function parseStateDir(environment: Record<string, string | undefined>): string {
  const given = environment.AEGIS_STATE_DIR;
  return Environment.shape.AEGIS_STATE_DIR.parse(given === '' ? undefined : given);
}

function wrong(problems: [name: string, message: string][]): AegisError {
  const sentences = problems.map(([name, message]) => `${name}: ${message}.`);
  return new AegisError('USAGE', {
    detail: `The agent was not started, because its configuration is wrong. ${sentences.join(' ')}`,
  });
}

function parseServices(text: string, context: z.RefinementCtx): PlatformService[] {
  const services: PlatformService[] = [];
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '' || part === 'none') continue;
    const [, namespaceName = '', key = '', value = '', port] = PLATFORM_SERVICE.exec(part) ?? [];
    const portNumber = port === undefined ? null : Number(port);
    if (
      !DNS_LABEL.test(namespaceName) ||
      !LABEL_KEY.test(key) ||
      (portNumber !== null && (portNumber < 1 || portNumber > 65_535))
    ) {
      context.addIssue(
        `found "${part}", wants NAMESPACE/LABEL=VALUE or NAMESPACE/LABEL=VALUE:PORT, comma-separated, or none`,
      );
      continue;
    }
    services.push({ namespace: namespaceName, label: { key, value }, port: portNumber });
  }
  return services;
}
