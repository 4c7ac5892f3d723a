import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { runAgent } from './app.ts';
import { handIn } from './blocked/inbox.ts';
import { type Config, parseConfig } from './config.ts';
import { statePaths } from './paths.ts';
import { seededId } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { recordedLog } from './testing/log.ts';
import { startRealRegistry } from './testing/real-registry.ts';
import { startTestRegistry, type TestRegistry } from './testing/registry.ts';
import { event } from './testing/sightings.ts';
import { signedDocument } from './testing/signed.ts';

const ACME = seededId('tenant', 1);
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

interface Running {
  config: Config;
  manifests: () => Promise<string[]>;
  get: (path: string) => Promise<{ code: number; text: string }>;
  stop: () => Promise<void>;
}

async function start(
  server: Pick<TestRegistry, 'url' | 'joinToken'>,
  { stateDir, environment = {} }: { stateDir?: string; environment?: Record<string, string> } = {},
): Promise<Running> {
  const config = parseConfig({
    AEGIS_REGISTRY: server.url,
    AEGIS_JOIN_TOKEN: server.joinToken,
    AEGIS_STATE_DIR: stateDir ?? (await temporaryFolder()),
    AEGIS_HEALTH_PORT: '0',
    AEGIS_RESYNC_SECONDS: '1',
    AEGIS_POLL_WAIT_SECONDS: '1',
    ...environment,
  });
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const listening = new Promise<number>((resolve, reject) => {
    running = runAgent({ config, signal: stop.signal, log: recordedLog().log, onHealthPort: resolve });
    running.catch(reject);
  });
  const end = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(() => end().catch(() => undefined));
  const port = await listening;
  return {
    config,
    stop: end,
    manifests: async () =>
      (await readdir(config.manifestsDir, { recursive: true }))
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => name.replace(/^.*tenant-ten-\w+-/, ''))
        .sort(),
    get: async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { code: response.status, text: await response.text() };
    },
  };
}

describe('the agent', () => {
  it('joins, puts the desired state into the folder, acknowledges it, and follows SOFT to HARD and back (A138, A141, A142)', async () => {
    const server = await startTestRegistry();
    const document = await signedDocument(server.approvalKey, { mode: 'soft' });
    await server.publish(document);
    const agent = await start(server);
    await until(async () => expect(await agent.manifests()).toEqual(['allow-list.configmap.yaml']));
    await until(() =>
      expect(server.acks).toEqual([{ tenantId: ACME, revision: 7, state: 'written', enforcement: 'none' }]),
    );
    await server.publish({ ...document, mode: 'hard', revision: 8 });
    await until(async () =>
      expect(await agent.manifests()).toEqual([
        'allow-list.configmap.yaml',
        'egress.networkpolicy.yaml',
        'ingress.networkpolicy.yaml',
      ]),
    );
    await until(() => expect(server.acks.at(-1)).toMatchObject({ revision: 8, state: 'written' }));
    await server.publish({ ...document, revision: 9 });
    await until(async () => expect(await agent.manifests()).toEqual(['allow-list.configmap.yaml']));
    expect(await agent.get('/readyz')).toEqual({ code: 200, text: 'ready\n' });
    expect((await agent.get('/metrics')).text).toContain('aegis_agent_state_sequence 3\n');
  });

  it('replaces its key when that is old, by itself, and goes on with the new one (X6)', async () => {
    const server = await startTestRegistry();
    const first = await start(server);
    const { key: path } = statePaths(first.config.stateDir);
    await first.stop();
    const before = await readFile(path, 'utf8');
    const longAgo = new Date(Date.now() - 3 * 86_400_000);
    await utimes(path, longAgo, longAgo);
    await start(server, { stateDir: first.config.stateDir, environment: { AEGIS_KEY_DAYS: '2' } });
    await until(async () => expect(await readFile(path, 'utf8')).not.toBe(before));
    server.endOverlap();
    await server.publish(await signedDocument(server.approvalKey));
    await until(() => expect(server.acks).toHaveLength(1));
    expect(server.requests.filter((request) => request.endsWith('/key'))).toHaveLength(1);
  });

  it('keeps what is adopted in force after a restart without a registry, expired or not, and repairs the folder', async () => {
    const server = await startTestRegistry();
    server.forge = (state) => ({ ...state, expiresAt: new Date(Date.now() - 100_000).toISOString() });
    await server.publish(await signedDocument(server.approvalKey));
    const first = await start(server);
    await until(async () => expect(await first.manifests()).toHaveLength(3));
    await first.stop();
    await server.stop();
    await rm(first.config.manifestsDir, { recursive: true });
    const second = await start(server, { stateDir: first.config.stateDir });
    await until(async () => expect(await second.manifests()).toHaveLength(3));
    await until(async () => expect((await second.get('/readyz')).code).toBe(200));
    const [name = ''] = await readdir(join(second.config.manifestsDir, 'aegis-tenants'));
    const path = join(second.config.manifestsDir, 'aegis-tenants', name);
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.replace('Egress', 'Ingress'));
    await until(async () => expect(await readFile(path, 'utf8')).toBe(before));
  });

  it('takes nothing away when its own state is damaged, until it has a new one', async () => {
    const server = await startTestRegistry();
    await server.publish(await signedDocument(server.approvalKey));
    const first = await start(server);
    await until(async () => expect(await first.manifests()).toHaveLength(3));
    await first.stop();
    await writeFile(statePaths(first.config.stateDir).adopted, 'garbage');
    server.fault = () => 'drop';
    const second = await start(server, { stateDir: first.config.stateDir });
    await until(async () => expect((await second.get('/metrics')).text).toMatch(/aegis_agent_sync_failures [1-9]/));
    expect(await second.get('/readyz')).toMatchObject({ code: 503, text: expect.stringContaining('No desired state') });
    expect(await second.manifests()).toHaveLength(3);
    server.fault = () => undefined;
    await until(async () => expect((await second.get('/readyz')).code).toBe(200));
  });

  it('acknowledges a state that it cannot adopt as failed, with the reason, and is not ready', async () => {
    const server = await startTestRegistry();
    const document = await signedDocument(server.approvalKey);
    await server.publish(document);
    const agent = await start(server);
    await until(() => expect(server.acks).toHaveLength(1));
    server.forge = (state) => ({ ...state, v: 2 });
    await server.publish({ ...document, revision: 8 });
    await until(() =>
      expect(server.acks.at(-1)).toMatchObject({
        revision: 7,
        state: 'failed',
        error: expect.stringContaining('Update the agent. Revision 7 stays in force.'),
      }),
    );
    expect((await agent.get('/readyz')).code).toBe(503);
    server.forge = (state) => state;
    await until(() =>
      expect(server.acks.at(-1)).toEqual({ tenantId: ACME, revision: 8, state: 'written', enforcement: 'none' }),
    );
    await until(async () => expect((await agent.get('/readyz')).code).toBe(200));
  });

  it('ships what other processes hand in, keeps it while the registry is away, and sends it when it is back', async () => {
    const server = await startTestRegistry();
    await server.publish(await signedDocument(server.approvalKey));
    const agent = await start(server);
    const { inbox } = statePaths(agent.config.stateDir);
    await handIn(inbox, { bootId: seededId('boot', 7), firstSeq: 1 }, [event('a.example.com')]);
    await until(() => expect(server.blocked.get(`${seededId('boot', 7)} 1`)?.dst.host).toBe('a.example.com'));
    server.fault = (request) => (request.endsWith('/blocked') ? 'drop' : undefined);
    await handIn(inbox, { bootId: seededId('boot', 7), firstSeq: 2 }, [event('b.example.com')]);
    await until(async () => expect((await agent.get('/metrics')).text).toContain('aegis_agent_outbox_events 1\n'));
    server.fault = () => undefined;
    await until(() => expect(server.blocked.size).toBe(2));
  });

  it('on its way out takes what was handed in, delivers what it can, and leaves the rest for the next start', async () => {
    const server = await startTestRegistry();
    await server.publish(await signedDocument(server.approvalKey));
    const agent = await start(server);
    await until(() => expect(server.acks).toHaveLength(1));
    const { inbox } = statePaths(agent.config.stateDir);
    await handIn(inbox, { bootId: seededId('boot', 7), firstSeq: 1 }, [event('last.example.com')]);
    await agent.stop();
    expect(server.blocked.size).toBe(1);
    await handIn(inbox, { bootId: seededId('boot', 8), firstSeq: 1 }, [event('later.example.com')]);
    const next = await start(server, { stateDir: agent.config.stateDir });
    await until(() => expect(server.blocked.size).toBe(2));
    await next.stop();
  });

  it('waits for a registry that is not up yet, and joins then', async () => {
    const server = await startTestRegistry();
    await server.publish(await signedDocument(server.approvalKey));
    await server.stop();
    const starting = start(server);
    await server.start();
    await until(async () => expect(await (await starting).manifests()).toHaveLength(3));
  });

  it('does not start on a wrong token, or beside another agent on the same state folder', async () => {
    const server = await startTestRegistry();
    await expect(start(server, { environment: { AEGIS_JOIN_TOKEN: 'wrong' } })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const { lock } = statePaths(await temporaryFolder());
    await writeFile(
      lock,
      JSON.stringify({
        pid: process.ppid,
        startedAtTicks: (await readFile(`/proc/${process.ppid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19],
      }),
    );
    await expect(start(server, { stateDir: join(lock, '..') })).rejects.toThrow('Another agent');
  });
});

describe('against the real Worker', () => {
  it('goes the whole way: place, install, base, uninstall, flip, revoke, with the acknowledgements and denials to see', {
    timeout: 120_000,
  }, async () => {
    const { url, people, publishApproved } = await startRealRegistry();
    const { admin, reviewer, tenants } = people;
    const { tenantId, owner } = tenants.acme;
    const { cluster, joinToken } = await admin.client.clusters.create({ name: 'berlin' });
    await admin.client.clusters.place(cluster.id, tenantId, { mode: 'hard' });
    const running = await start(
      { url, joinToken },
      { environment: { AEGIS_POLL_WAIT_SECONDS: '20', AEGIS_RESYNC_SECONDS: '300' } },
    );
    const { stateDir, manifestsDir } = running.config;
    const allowed = async () => {
      const name = `tenant-${tenantId}-allow-list.configmap.yaml`;
      const { data } = parse(await readFile(join(manifestsDir, 'aegis-system', name), 'utf8'));
      return [...data['allow.map'].matchAll(/\|(\w+)\|(\d+\|\S+) (.*)/g)].map(
        ([, protocol, destination, origin]) => `${destination} ${protocol} ${origin}`,
      );
    };
    const acknowledged = (state: string) =>
      until(async () => {
        const [tenant] = (await admin.client.clusters.get(cluster.id)).tenants;
        expect(tenant).toMatchObject({ state, enforcement: 'none', ackedRevision: tenant?.wantedRevision });
      });

    await until(async () => expect(await allowed()).toEqual([]));
    await acknowledged('written');
    const agent = await owner.client.agents.create(tenantId, { name: 'treasury-desk', clusterId: cluster.id });
    const rates = await publishApproved('skills/exchange-rates');
    const atMs = performance.now();
    await owner.client.agents.install(tenantId, agent.id, { privateSkillId: rates });
    await until(async () =>
      expect((await allowed()).every((line) => line.endsWith('tls exchange-rates 1.0.0'))).toBe(true),
    );
    await until(async () => expect((await allowed()).length).toBeGreaterThan(0));
    const installedMs = performance.now() - atMs;
    expect(installedMs).toBeLessThan(5000);
    await acknowledged('written');

    const proposed = await owner.client.agents.proposeBase(tenantId, agent.id, {
      network: [{ host: 'models.example' }],
    });
    await reviewer.client.reviews.decideBase(proposed.proposedBase?.id ?? '', { status: 'approved' });
    await until(async () => expect(await allowed()).toContain('443|models.example tls base 1'));

    const environment = { PATH: process.env.PATH ?? '', AEGIS_REGISTRY: url, AEGIS_STATE_DIR: stateDir };
    const input = JSON.stringify({ amount: 1, from: 'EUR', to: 'JPY', source: 'https://asia.rates.example' });
    const tool = [
      '--tenant',
      tenantId,
      '--agent',
      'treasury-desk',
      '--skill',
      'exchange-rates',
      '--tool',
      'convert',
      '--input',
      input,
    ];
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../bin/aegis-agent.js', import.meta.url)), 'run-tool', ...tool],
      { env: environment },
    );
    await once(child, 'close');
    await until(async () => {
      const { blockedRequests } = await owner.client.blocked.list({ tenantId });
      expect(blockedRequests).toMatchObject([
        {
          destinationHost: 'asia.rates.example',
          destinationPort: 443,
          reason: 'not_in_allowlist',
          verdict: 'denied',
          agentName: 'treasury-desk',
          clusterName: 'berlin',
          skill: { name: 'exchange-rates' },
        },
      ]);
    });

    await owner.client.agents.uninstall(tenantId, agent.id, 'exchange-rates');
    await until(async () => expect(await allowed()).toEqual(['443|models.example tls base 1']));
    expect(await running.manifests()).toHaveLength(3);
    await admin.client.clusters.place(cluster.id, tenantId, { mode: 'soft' });
    await until(async () => expect(await running.manifests()).toEqual(['allow-list.configmap.yaml']));
    await acknowledged('written');
    await admin.client.clusters.revoke(cluster.id);
    await until(async () => expect((await running.get('/metrics')).text).toMatch(/aegis_agent_sync_failures [1-9]/));
    expect((await running.get('/readyz')).code).toBe(200);
    expect(await allowed()).toEqual(['443|models.example tls base 1']);
  });
});
