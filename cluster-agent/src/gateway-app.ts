import { mkdir } from 'node:fs/promises';
import { toInstant } from '@aegis/skill-sdk/clock';
import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { type Adopted, readAdopted } from './adopted.ts';
import { newBootId, type RunOptions } from './app.ts';
import { type Counted, createCollector, type Unnumbered } from './blocked/collect.ts';
import { collectInbox, handIn } from './blocked/inbox.ts';
import { logBlockedRequest } from './blocked/log-blocked-request.ts';
import { openOutbox } from './blocked/outbox.ts';
import { flush, ship } from './blocked/ship.ts';
import { sweepTemporary, writeDurably } from './durable.ts';
import { generateAllowList } from './egress/allow-list.ts';
import { inheritIdentity } from './enrol/inherit.ts';
import { joinRegistry } from './enrol/join.ts';
import { createBell, every } from './every.ts';
import { applyState } from './gateway/apply-state.ts';
import { createControl } from './gateway/control.ts';
import { generateCorefile } from './gateway/corefile.ts';
import { createDenials, servePage } from './gateway/denied-page.ts';
import { gatewayFiles } from './gateway/files.ts';
import { openHaproxy } from './gateway/haproxy.ts';
import { type Counter, openFollower } from './gateway/log/follow.ts';
import { type Denial, explain } from './gateway/log/line.ts';
import { type Owner, ownerOf } from './gateway/maps.ts';
import { openPodSource } from './gateway/pod-source.ts';
import type { Pods } from './gateway/pods.ts';
import { serveHealth } from './health.ts';
import { type Identity, readKey } from './identity.ts';
import { createKeyring } from './keyring.ts';
import { takeLock } from './lock.ts';
import { statePaths } from './paths.ts';
import { connectRegistry } from './registry.ts';
import { type AgentStatus, describeFailure, describeState, describeTenants, writeStatus } from './status.ts';
import { openCursor } from './sync/cursor.ts';
import { pull } from './sync/pull.ts';
import type { Sighting } from './target.ts';
import { agentVersion } from './version.ts';

/** A denial is at the registry within seconds, and a pod that was deleted is unknown before its address is used again. */
const READ_SECONDS = 0.2;
const CHECK_SECONDS = 1;
const STATUS_SECONDS = 2;
/** One handed-in file stays below the bound of the inbox. */
const EVENTS_PER_FILE = 500;
/** What a stopping gateway still tries to deliver; the spool keeps the rest. */
const FLUSH_MS_MAX = 3000;
const clock = Date.now;
const random = Math.random;

/**
 * The gateway's half of the agent: signed state in, maps of HAProxy out; HAProxy's log in, blocked requests out. It
 * knows no Kubernetes; which pod has which address it reads from a file. It never acknowledges for the cluster.
 */
export async function runGateway({ config, signal, log, onHealthPort, fetch }: RunOptions): Promise<void> {
  const paths = statePaths(config.stateDir);
  const bootId = newBootId();
  const release = await takeLock(paths.lock);
  try {
    await sweepTemporary(config.stateDir);
    await inheritIdentity(config, { paths, signal, log });
    const identity = await joinRegistry(config, { bootId, signal, log, fetch });
    if (identity === null) return;
    const gateway = await assemble({
      config,
      identity,
      bootId,
      fetch,
      log: log.with({ clusterId: identity.clusterId, bootId }),
    });
    const { healthHost: host, healthPort: port } = config;
    const health = port === null ? null : await serveHealth({ host, port, status: gateway.status });
    if (health !== null) onHealthPort?.(health.port);
    const page = await servePage(gateway.files.page, { denials: gateway.denials, refresh: gateway.follower.read });
    gateway.log.info('gateway started', { registry: config.registry, folder: config.gatewayDir });
    try {
      await work(gateway, signal);
    } finally {
      await finish(gateway);
      await page.close();
      await health?.close();
    }
  } finally {
    await release();
  }
}

type Gateway = Awaited<ReturnType<typeof assemble>>;

/** Every part, connected; nothing runs yet. */
async function assemble({
  config,
  identity,
  bootId,
  log,
  fetch,
}: Omit<RunOptions, 'signal'> & { identity: Identity; bootId: string }) {
  const paths = statePaths(config.stateDir);
  const files = gatewayFiles(config.gatewayDir);
  await mkdir(config.gatewayDir, { recursive: true });
  const { gatewayAddress, clusterResolver } = config;
  if (gatewayAddress !== null) {
    await writeDurably(files.corefile, generateCorefile({ gatewayAddress, clusterResolver }), 0o644);
  }
  // The cluster's agent replaces the key by itself; a gateway that was given one of its own keeps that.
  const keyPaths = config.identityDir === null ? paths : statePaths(config.identityDir);
  const registry = connectRegistry({
    url: config.registry,
    identity,
    readKey: () => readKey(keyPaths),
    clock,
    fetch,
  });
  const bell = createBell();
  const outbox = await openOutbox({ folder: paths.outbox, bootId, clock, onAppend: bell.ring, log });
  const pods = openPodSource(config, log);
  const control = createControl({ files, resolver: config.gatewayResolver, haproxy: openHaproxy(files.master), log });
  const state: { adopted: Adopted | null; isApplied: boolean; rejected: AgentStatus['rejected'] } = {
    adopted: await readAdopted(paths, identity).catch((error) => {
      log.error('adopted state unusable', { error });
      return null;
    }),
    isApplied: false,
    rejected: null,
  };
  const denials = createDenials();
  const counter = createCounter({
    pods,
    documentOf: (tenantId) => documentOf(state.adopted, tenantId),
    ownerAt: (ip) => {
      const pod = pods.now.find((one) => one.ip === ip);
      const documents = (state.adopted?.tenants ?? []).flatMap(({ tenantId, enforced }) =>
        enforced === null ? [] : [[tenantId, enforced.document] as const],
      );
      return pod === undefined ? null : ownerOf(pod, new Map(documents), config);
    },
  });
  const follower = await openFollower({
    logFile: files.log,
    journalFile: paths.journal,
    newBootId,
    counter,
    handOver: async (logBootId, { firstSeq, events }) => {
      for (let start = 0; start < events.length; start += EVENTS_PER_FILE) {
        const place = { bootId: logBootId, firstSeq: firstSeq + start };
        await handIn(paths.inbox, place, events.slice(start, start + EVENTS_PER_FILE));
      }
      await collectInbox(paths.inbox, outbox, log);
    },
    onDenial: (denial) => {
      const { reason } = explain(denial, documentOf(state.adopted, denial.tenantId));
      const { host, port, protocol, isDenied, atMs } = denial;
      denials.add(denial.src.ip, { at: toInstant(atMs), host, port, protocol, reason, denied: isDenied });
    },
    clock,
    log,
  });
  const sync: { sync: AgentStatus['sync'] } = { sync: { lastContactAt: null, failures: 0, error: null } };
  const keyring = createKeyring({
    pinned: identity.keys,
    fetchKeys: registry.keys,
    // The cluster's agent keeps what was vouched for; a gateway that starts anew follows the same chain again.
    store: async () => undefined,
    clock,
    log,
  });
  const startedAt = toInstant(clock());
  const status = (): AgentStatus => ({
    v: 1,
    agentVersion,
    pid: process.pid,
    bootId,
    registry: config.registry,
    clusterId: identity.clusterId,
    clusterName: identity.name,
    target: 'gateway',
    startedAt,
    updatedAt: toInstant(clock()),
    state: state.adopted === null ? null : describeState(state.adopted),
    applied: state.isApplied,
    rejected: state.rejected,
    drift: { count: 0, last: null },
    notSteered: [...pods.notSteered()],
    tenants:
      state.adopted === null ? [] : describeTenants(state.adopted, acksOf(state.adopted, state.isApplied), new Map()),
    ...sync,
    outbox: outbox.stats(),
  });
  const cursor = await openCursor(paths.cursor);
  return {
    config,
    identity,
    paths,
    files,
    registry,
    bell,
    outbox,
    pods,
    control,
    state,
    denials,
    follower,
    sync,
    keyring,
    status,
    cursor,
    keysOf: cacheKeys(),
    log,
  };
}

/** The gateway decides; whether the cluster leaves no other way out is not proved here. */
function acksOf({ tenants }: Adopted, isApplied: boolean) {
  return tenants.map(({ tenantId, enforced }) => ({
    tenantId,
    revision: enforced?.revision ?? 0,
    state: isApplied ? ('applied' as const) : ('failed' as const),
    enforcement: 'unverified' as const,
  }));
}

function documentOf(adopted: Adopted | null, tenantId: string | null) {
  return adopted?.tenants.find((tenant) => tenant.tenantId === tenantId)?.enforced?.document ?? null;
}

/** Denials as blocked requests: with pod, skill and the reason that helps, counted together. */
function createCounter({
  pods,
  documentOf: find,
  ownerAt,
}: {
  pods: Pods;
  /** Whose pod has the address now. */
  ownerAt: (ip: string) => Owner | null;
  documentOf: (tenantId: string) => ReturnType<typeof documentOf>;
}): Counter<Unnumbered, Counted[]> {
  const collector = createCollector();
  return {
    add(denial: Denial) {
      const { host, hostSource, port, protocol, ip, src, atMs, isDenied } = denial;
      const { tenantId, agentId } = denial.tenantId === null ? (ownerAt(src.ip) ?? denial) : denial;
      if (tenantId === null) return [];
      const document = find(tenantId);
      const { reason, skill } = explain(denial, document);
      const pod = pods.at(src.ip);
      const sightings: Sighting[] = [];
      logBlockedRequest(
        tenantId,
        { host, hostSource, port, protocol, ...(ip === null ? {} : { ip }) },
        {
          mode: isDenied ? 'hard' : 'soft',
          reason,
          revision: denial.revision ?? document?.revision ?? 0,
          source: 'gateway',
          src,
          atMs,
          ...(agentId === null ? {} : { agentId }),
          ...(skill === null ? {} : { skill }),
          ...(pod === undefined ? {} : { pod: describePod(pod) }),
        },
        (sighting) => sightings.push(sighting),
      );
      return sightings.flatMap((sighting) => collector.add(sighting));
    },
    flush: collector.flush,
    save: collector.save,
    restore: collector.restore,
    parse: {
      // Our own file, written as a whole.
      counted: (value) => value as Counted[],
      event: (value) => BlockedEvent.omit({ seq: true }).parse(value),
    },
  };
}

function describePod({
  namespace,
  name,
  uid,
  node,
}: {
  namespace: string;
  name: string;
  uid?: string | undefined;
  node?: string | undefined;
}) {
  return { namespace, name, ...(uid === undefined ? {} : { uid }), ...(node === undefined ? {} : { node }) };
}

/** A document never changes, so its keys are made once however often the others do. */
function cacheKeys(): (document: TenantDocument) => readonly string[] {
  const known = new WeakMap<TenantDocument, readonly string[]>();
  return (document) => {
    const keys = known.get(document) ?? generateAllowList(document).lines.map(({ key }) => key);
    known.set(document, keys);
    return keys;
  };
}

/** All loops, until the signal aborts. */
async function work(gateway: Gateway, signal: AbortSignal): Promise<void> {
  const {
    config,
    identity,
    paths,
    registry,
    keyring,
    state,
    sync,
    cursor,
    outbox,
    bell,
    pods,
    control,
    follower,
    log,
  } = gateway;
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const onError = (error: unknown) => log.error('task failed', { error });
  const tick = { jitter: 0, signal: running, onError };
  const looksAtPods = every({ ...tick, seconds: READ_SECONDS }, async () => {
    if (await pods.refresh()) await applyState(gateway);
  });
  const loops = [
    pull(
      {
        registry,
        paths,
        clusterId: identity.clusterId,
        keyring,
        cursor,
        waitSeconds: config.pollWaitSeconds,
        current: () => state.adopted,
        apply: async (adopted) => {
          state.adopted = adopted;
          state.rejected = null;
          return applyState(gateway);
        },
        onRejected: (error) => {
          state.rejected = describeFailure(error, clock());
        },
        onContact: ({ failures, error }) => {
          const now = clock();
          sync.sync =
            failures === 0
              ? { lastContactAt: toInstant(now), failures, error: null }
              : { ...sync.sync, failures, error: describeFailure(error, now) };
        },
        clock,
        random,
        log,
      },
      running,
    ),
    ship({ outbox, registry, bell, random, log }, running),
    looksAtPods,
    pods.watch(running),
    every({ ...tick, seconds: READ_SECONDS }, follower.read),
    every({ ...tick, seconds: CHECK_SECONDS }, () =>
      state.isApplied ? control.check() : applyState(gateway).then(() => undefined),
    ),
    every({ ...tick, seconds: STATUS_SECONDS }, () => writeStatus(paths.status, gateway.status())),
  ];
  try {
    await Promise.all(loops);
  } finally {
    stop.abort();
    await Promise.allSettled(loops);
  }
}

/** What is in the log goes to the spool, and what is there to the registry if it takes it quickly. */
async function finish({ paths, registry, outbox, follower, status, log }: Gateway): Promise<void> {
  await follower.read().catch((error) => log.error('log of the gateway not read', { error }));
  await flush({ outbox, registry, log }, AbortSignal.timeout(FLUSH_MS_MAX)).catch((error) =>
    log.warn('not everything was delivered, the rest waits for the next start', { error }),
  );
  await writeStatus(paths.status, status());
  log.info('gateway stopped', { waiting: outbox.stats().events });
  await outbox.close();
}
