import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Mode, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { whyNoGateway } from '../../../tools/gateway.ts';
import { parseConfig } from '../config.ts';
import type { Pod } from '../gateway/maps.ts';
import { runGateway } from '../gateway-app.ts';
import { seededId } from './documents.ts';
import { recordedLog } from './log.ts';
import type { TestRegistry } from './registry.ts';
import { GATEWAY, RESOLVER, type Rig } from './rig.ts';
import { signedDocument } from './signed.ts';

/** Why this machine cannot show a gateway; the suites that need one are skipped by that. */
export const noGateway = [...whyNoGateway(), ...whyNoNamespaces()];
if (noGateway.length > 0) process.stderr.write(`The egress gateway is not tested here: ${noGateway.join('; ')}\n`);

/** Namespaces of a user's own may be switched off, or be missing from the kernel. */
function whyNoNamespaces(): string[] {
  const { status } = spawnSync('unshare', ['-Urnm', '--pid', '--fork', '--mount-proc', 'true']);
  return status === 0 ? [] : ['this machine makes no namespaces for users (unshare -Urnm fails)'];
}

export const ACME = seededId('tenant', 1);
export const GLOBEX = seededId('tenant', 2);
export const ASSISTANT = seededId('agent', 1);
export const CLERK = seededId('agent', 2);

const PUBLIC = '203.0.113.10';

/** What the names of the internet lead to. The resolver is asked for nothing that is not allowed. */
export const NAMES: Record<string, string[] | { alias: string }> = {
  'api.weather.example': [PUBLIC],
  'xn--wtter-gra.example': [PUBLIC],
  'a.wild.example': [PUBLIC],
  'wild.example': [PUBLIC],
  'a.b.wild.example': [PUBLIC],
  'a.b.deep.example': [PUBLIC],
  'plain.example': [PUBLIC],
  'alt.example': [PUBLIC],
  'other.example': [PUBLIC],
  'evil.example': ['203.0.113.66'],
  'api.weather.example.evil.example': ['203.0.113.66'],
  'private.example': ['10.9.9.9'],
  'metadata.example': ['169.254.169.254'],
  'loopback.example': ['127.0.0.1'],
  'mapped.example': ['::ffff:10.9.9.9'],
  'nat64.example': ['64:ff9b::10.9.9.9'],
  'sixtofour.example': ['2002:a09:909::1'],
  'chain.example': { alias: 'api.weather.example' },
  'alias-of-allowed.example': { alias: 'api.weather.example' },
};

const tls = (host: string, ports = [443]) => ({ host, ports, protocol: 'tls' as const });
/** What the one skill of the assistant declares. */
export const DECLARED: PermissionBlock['network'] = [
  'api.weather.example',
  '*.wild.example',
  '**.deep.example',
  'private.example',
  'metadata.example',
  'loopback.example',
  'mapped.example',
  'nat64.example',
  'sixtofour.example',
  'gone.example',
  'chain.example',
]
  .map((host) => tls(host))
  .concat([tls('alt.example', [8443])]);

/** Two agents of acme, each with a skill of its own: `weather` on the assistant, `maps` on the clerk. */
export async function acme(
  registry: TestRegistry,
  {
    mode = 'hard',
    revision = 7,
    network = DECLARED,
  }: { mode?: Mode; revision?: number; network?: PermissionBlock['network'] } = {},
): Promise<TenantDocument> {
  const key = registry.approvalKey;
  const plain = { host: 'plain.example', ports: [80], protocol: 'http' as const };
  const one = await signedDocument(key, { skill: { permissions: { network: [...network, plain] } } });
  const two = await signedDocument(key, {
    skill: {
      name: 'maps',
      archiveDigest: `sha256:${'b'.repeat(64)}`,
      permissions: { network: [tls('other.example')] },
    },
  });
  const selector = { matchLabels: { 'aegis.dev/agent': 'clerk' } };
  return {
    ...one,
    mode,
    revision,
    agents: [...one.agents, ...two.agents.map((agent) => ({ ...agent, agentId: CLERK, name: 'clerk', selector }))],
    installs: [...one.installs, ...two.installs.map((install) => ({ ...install, agentId: CLERK }))],
  };
}

export async function globex(registry: TestRegistry, more: Partial<TenantDocument> = {}): Promise<TenantDocument> {
  return signedDocument(registry.approvalKey, { tenantId: GLOBEX, mode: 'soft', ...more });
}

export function podOf(tenantId: string, agent: string, ip: string): Pod {
  return {
    ip,
    namespace: 'aegis-tenants',
    name: `${agent}-0`,
    uid: `uid-${ip}`,
    node: 'n1',
    labels: { tenant: tenantId, 'aegis.dev/agent': agent },
  };
}

export interface World {
  environment: Record<string, string>;
  /** What agents of this world have logged. */
  lines: Record<string, unknown>[];
  writePods(pods: readonly Pod[]): Promise<void>;
  /** The gateway's half of the agent, in this process. */
  startAgent(): Promise<() => Promise<void>>;
}

/** An agent that only shares a folder with the HAProxy and the DNS of the rig. */
export async function openWorld(rig: Rig, registry: TestRegistry): Promise<World> {
  const podsFile = join(rig.folder, 'pods.json');
  const stateDir = join(rig.folder, 'state');
  await mkdir(stateDir, { recursive: true });
  const environment = {
    AEGIS_REGISTRY: registry.url,
    AEGIS_JOIN_TOKEN: registry.joinToken,
    AEGIS_STATE_DIR: stateDir,
    AEGIS_GATEWAY_DIR: rig.folder,
    AEGIS_GATEWAY_RESOLVER: `${RESOLVER}:53`,
    AEGIS_GATEWAY_ADDRESS: GATEWAY,
    AEGIS_CLUSTER_RESOLVER: RESOLVER,
    AEGIS_PODS_FILE: podsFile,
    AEGIS_POLL_WAIT_SECONDS: '5',
  };
  await rig.internet(NAMES);
  const { log, lines } = recordedLog();
  return {
    environment,
    lines,
    writePods: (pods) => writeFile(podsFile, JSON.stringify(pods)),
    async startAgent() {
      const stop = new AbortController();
      const running = runGateway({ config: parseConfig(environment), signal: stop.signal, log });
      running.catch(() => undefined);
      return async () => {
        stop.abort();
        await running;
      };
    },
  };
}
