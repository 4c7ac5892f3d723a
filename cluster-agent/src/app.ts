import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { newId } from '@aegis/skill-sdk/ids';
import type { Log } from '@aegis/skill-sdk/log';
import { readAdopted } from './adopted.ts';
import { createCollector, type Unnumbered } from './blocked/collect.ts';
import { collectInbox } from './blocked/inbox.ts';
import { openOutbox } from './blocked/outbox.ts';
import { flush, ship } from './blocked/ship.ts';
import type { Config } from './config.ts';
import { sweepTemporary } from './durable.ts';
import { compile } from './egress/compile.ts';
import { joinRegistry } from './enrol/join.ts';
import { isRotationDue, rotateKey } from './enrol/rotate.ts';
import { type Bell, createBell, every, pause } from './every.ts';
import { serveHealth } from './health.ts';
import { type Identity, readKey, writeIdentity } from './identity.ts';
import { createKeyring } from './keyring.ts';
import { evictPackages } from './local/package.ts';
import { takeLock } from './lock.ts';
import { statePaths } from './paths.ts';
import { createEnforcer } from './reconcile/enforce.ts';
import { connectRegistry } from './registry.ts';
import { type AgentStatus, describeFailure, writeStatus } from './status.ts';
import { openCursor } from './sync/cursor.ts';
import { type Contact, pull } from './sync/pull.ts';
import { createReporter } from './sync/report.ts';
import type { Target } from './target.ts';
import { shareIdentity } from './targets/kubernetes/share-identity.ts';
import { openManifests } from './targets/manifests.ts';
import { agentVersion } from './version.ts';

/** How often the age of the cluster's key is looked at, and a rotation that was begun is tried again. */
const KEY_CHECK_SECONDS = 600;
/** How often windows of blocked requests and the inbox are looked at. */
const TICK_SECONDS = 1;
const STATUS_SECONDS = 2;
/** Between a change in the target and the look at it. */
const SETTLE_MS = 250;
/** What a stopping agent still tries to deliver; the spool keeps the rest. */
const FLUSH_MS_MAX = 3000;

const clock = Date.now;
const random = Math.random;
/** A new boot id: one for each process that numbers blocked requests. */
export const newBootId = () => newId('boot', clock(), (bytes) => crypto.getRandomValues(bytes));

export interface RunOptions {
  config: Readonly<Config>;
  signal: AbortSignal;
  log: Log;
  /** Told the port of the health server once it listens. */
  onHealthPort?: (port: number) => void;
  /** How requests go out; default: the global one. */
  fetch?: typeof globalThis.fetch;
}

/** The agent: joins if it has to, then keeps the target at the desired state and ships what was blocked, until the signal aborts. */
export async function runAgent({ config, signal, log, onHealthPort, fetch }: RunOptions): Promise<void> {
  const paths = statePaths(config.stateDir);
  const bootId = newBootId();
  const release = await takeLock(paths.lock);
  try {
    await sweepTemporary(config.stateDir);
    const identity = await joinRegistry(config, { bootId, signal, log, fetch });
    if (identity === null) return;
    const agent = await assemble({
      config,
      identity,
      bootId,
      fetch,
      log: log.with({ clusterId: identity.clusterId, bootId }),
    });
    const { healthHost: host, healthPort: port } = config;
    const health = port === null ? null : await serveHealth({ host, port, status: agent.status });
    if (health !== null) onHealthPort?.(health.port);
    agent.log.info('agent started', {
      registry: config.registry,
      target: config.target,
      healthPort: health?.port ?? null,
    });
    try {
      await workAlone(agent, signal);
    } finally {
      await finish(agent);
      await health?.close();
    }
  } finally {
    await release();
  }
}

type Agent = Awaited<ReturnType<typeof assemble>>;

async function openTarget(config: Config, { clusterId, log }: { clusterId: string; log: Log }): Promise<Target> {
  if (config.target === 'manifests') return openManifests(config.manifestsDir, clusterId);
  // Loaded when asked for: the client of Kubernetes alone needs as much memory as all the rest.
  const { connectKubernetes, loadKubeConfig } = await import('./targets/kubernetes/api.ts');
  const { openKubernetes } = await import('./targets/kubernetes/kubernetes.ts');
  return openKubernetes({ ...config, clusterId, log, api: connectKubernetes(loadKubeConfig(config.kubeConfig)) });
}

/** Every part, connected; nothing runs yet. */
async function assemble({
  config,
  identity,
  bootId,
  log,
  fetch,
}: Pick<RunOptions, 'log' | 'fetch'> & {
  config: Config;
  identity: Identity;
  bootId: string;
}) {
  const paths = statePaths(config.stateDir);
  const registry = connectRegistry({ url: config.registry, identity, readKey: () => readKey(paths), clock, fetch });
  const target = await openTarget(config, { clusterId: identity.clusterId, log });
  const keyring = createKeyring({
    pinned: identity.keys,
    fetchKeys: registry.keys,
    store: async (keys) => {
      await writeIdentity(paths, { ...identity, keys });
      await shareIdentity(config, log);
    },
    clock,
    log,
  });
  await shareIdentity(config, log);
  const reporter = createReporter({ registry, sender: { bootId, agentVersion, target: target.kind }, random, log });
  const bell = createBell();
  const outbox = await openOutbox({ folder: paths.outbox, bootId, clock, onAppend: bell.ring, log });
  const enforcer = createEnforcer({
    adopted: await readAdopted(paths, identity).catch((error) => {
      log.error('adopted state unusable', { error });
      return null;
    }),
    target,
    compile: (document) => compile(document, { ...config, clusterId: identity.clusterId }),
    report: reporter.report,
    onApplied: (adopted) => evictPackages(paths.packages, adopted, clock()),
    clock,
    log,
  });
  const contact: { sync: AgentStatus['sync'] } = { sync: { lastContactAt: null, failures: 0, error: null } };
  const startedAt = toInstant(clock());
  const status = (): AgentStatus => ({
    v: 1,
    agentVersion,
    pid: process.pid,
    bootId,
    registry: config.registry,
    clusterId: identity.clusterId,
    clusterName: identity.name,
    target: target.kind,
    startedAt,
    updatedAt: toInstant(clock()),
    ...enforcer.status(),
    notSteered: [],
    ...contact,
    outbox: outbox.stats(),
  });
  const record = async (events: readonly Unnumbered[]): Promise<void> => {
    await outbox.append(events).catch((error) => log.error('blocked requests not spooled', { error }));
  };
  const cursor = await openCursor(paths.cursor);
  const collector = createCollector();
  return {
    config,
    identity,
    paths,
    registry,
    keyring,
    target,
    reporter,
    bell,
    outbox,
    enforcer,
    contact,
    status,
    record,
    cursor,
    collector,
    bootId,
    log,
  };
}

/** In a cluster only the agent that holds its lease works; one that loses it stops, and says so. */
async function workAlone(agent: Agent, signal: AbortSignal): Promise<void> {
  const { config, identity, bootId, log } = agent;
  if (config.target !== 'kubernetes') return work(agent, signal);
  const { loadKubeConfig } = await import('./targets/kubernetes/api.ts');
  const { takeLease } = await import('./targets/kubernetes/lease.ts');
  const place = { namespace: config.systemNamespace, name: `aegis-agent-${identity.clusterId}` };
  const lease = await takeLease(loadKubeConfig(config.kubeConfig), { ...place, holder: bootId, signal, log });
  if (lease === null) return;
  try {
    await work(agent, AbortSignal.any([signal, lease.lost]));
  } finally {
    await lease.release();
  }
  if (signal.aborted) return;
  throw new AegisError('STATE_CONFLICT', {
    detail: `The lease ${place.namespace}/${place.name} is no longer ours: another agent of this cluster took it, or the Kubernetes API was away for too long. Start again.`,
  });
}

/** All loops, until the signal aborts. One that fails for good stops the others and is thrown. */
async function work(agent: Agent, signal: AbortSignal): Promise<void> {
  const {
    config,
    identity,
    paths,
    registry,
    keyring,
    target,
    reporter,
    bell,
    outbox,
    enforcer,
    contact,
    collector,
    cursor,
    record,
    log,
  } = agent;
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const changed = createBell();
  const asked = createBell();
  const onError = (error: unknown) => log.error('task failed', { error });
  const tick = { seconds: TICK_SECONDS, jitter: 0, signal: running, onError };
  const onContact = ({ failures, error }: Contact) => {
    const now = clock();
    contact.sync =
      failures === 0
        ? { lastContactAt: toInstant(now), failures, error: null }
        : { ...contact.sync, failures, error: describeFailure(error, now) };
    if (failures === 0) void enforcer.settle().catch(onError);
    // The registry rings the poll when there is something to run.
    if (failures === 0) asked.ring();
  };
  const loops = [
    pull(
      {
        registry,
        paths,
        clusterId: identity.clusterId,
        keyring,
        cursor,
        waitSeconds: config.pollWaitSeconds,
        current: () => enforcer.adopted,
        apply: enforcer.adopt,
        onRejected: (error) => void enforcer.reject(error).catch(onError),
        onContact,
        clock,
        random,
        log,
      },
      running,
    ),
    reporter.run(running),
    ship({ outbox, registry, bell, random, log }, running),
    target.watch(running, changed.ring),
    // Heals what somebody changed in the target as soon as it is told.
    (async () => {
      while (!running.aborted) {
        await changed.wait(config.resyncSeconds * 1000, running);
        // Those who change one object often change the next as well.
        await pause(SETTLE_MS, running);
        if (!running.aborted) await enforcer.reconcile().catch(onError);
      }
    })(),
    // Heals what nothing told of, and puts the stored state into effect at the start.
    every({ seconds: config.resyncSeconds, signal: running, onError }, async () => void (await enforcer.reconcile())),
    every({ seconds: KEY_CHECK_SECONDS, signal: running, onError }, async () => {
      if (!(await isRotationDue(paths, config.keyDays, clock()))) return;
      const { key, previousUntil } = await rotateKey({ paths, clusterId: identity.clusterId, registry, clock });
      log.info('key of the cluster replaced', { keyId: key.kid, previousUntil });
    }),
    every(tick, () => collectInbox(paths.inbox, outbox, log)),
    every(tick, () => record(collector.flush(clock()))),
    every({ ...tick, seconds: STATUS_SECONDS }, () => writeStatus(paths.status, agent.status())),
    dryRuns(agent, asked, running),
    (async () => {
      for await (const sighting of target.blockedEvents(running)) await record(collector.add(sighting));
    })(),
  ];
  try {
    await Promise.all(loops);
  } finally {
    stop.abort();
    await Promise.allSettled(loops);
  }
}

/** Runs what the registry asks for, where that is wished. Loaded then: the engine's client would make every start wait. */
async function dryRuns(
  { config, identity, paths, registry, log }: Agent,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  if (!config.dryRun) return;
  const { dockerDriver } = await import('./dry-run/docker.ts');
  const { parseSandboxConfig } = await import('./dry-run/sandbox-config.ts');
  const { workOff } = await import('./dry-run/work-off.ts');
  const driver = dockerDriver(parseSandboxConfig(process.env));
  const { clusterId } = identity;
  const key = async () => (await readKey(paths)) ?? identity.key;
  await workOff({ registry, driver, clusterId, key, bell, random, log }, signal);
}

/** What is still in memory goes to the disk, and what is on the disk to the registry if it takes it quickly. */
async function finish({ paths, registry, reporter, outbox, collector, record, status, log }: Agent): Promise<void> {
  await record(collector.drain());
  await collectInbox(paths.inbox, outbox, log).catch((error) => log.error('inbox not read', { error }));
  const soon = AbortSignal.timeout(FLUSH_MS_MAX);
  await Promise.all([flush({ outbox, registry, log }, soon), reporter.flush(soon)]).catch((error) =>
    log.warn('not everything was delivered, the rest waits for the next start', { error }),
  );
  await writeStatus(paths.status, status());
  log.info('agent stopped', { waiting: outbox.stats().events });
  await outbox.close();
}
