import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { bundleDashboard, bundleFront, bundleRegistry } from './bundle.ts';
import { type Database, migrate, readMigrations } from './migrate.ts';
import { findFreePort, requireFreePort } from './port.ts';
import { ROOT } from './root.ts';
import { readSecrets, type Secrets } from './secrets.ts';

export interface StackOptions {
  /** 0: any that is free. */
  port?: number;
  /** The name in the address; whatever it is, only 127.0.0.1 is listened on. */
  host?: string;
  /** Everything that is kept lies below it. */
  stateDir: string;
  secrets?: Secrets;
  /** Gets each line that the Workers write. */
  log?: (line: string) => void;
  /** False: the registry alone, for tests and measurements that need no pages. */
  dashboard?: boolean;
  /** Requests a minute per caller; left out, the registry's own default. */
  rateLimitPerMinute?: number;
  /** True where accounts are made up: people of the platform may act without a second factor. */
  demo?: boolean;
  /** JSON of TRUSTED_ISSUERS; left out, the registry's own default. */
  trustedIssuers?: string;
  /** Folder of the migrations; left out, the checkout's. */
  migrations?: string;
  /** Address of MAIL_ENDPOINT, which takes mails by HTTP; left out, they are kept in the outbox. */
  mailEndpoint?: string;
  /** Address of DNS_OVER_HTTPS; left out, the registry's own default. */
  dnsOverHttps?: string;
}

export interface Stack {
  /** Where people go, without a trailing slash. */
  url: string;
  secrets: Secrets;
  /** Names of the migrations that this start applied. */
  migrated: string[];
  miniflare: Miniflare;
  /** The registry's bindings (DB, ARTIFACTS …), for tests that look behind the API. */
  bindings: () => Promise<Record<string, unknown>>;
  /** Ends the runtime; what was stored stays. */
  stop: () => Promise<void>;
}

const REGISTRY = 'aegis';
const DASHBOARD = 'aegis-dashboard';
const FRONT = 'aegis-front';
const QUEUE = 'aegis-analyses';
/** The same as in wrangler.toml. */
export const COMPATIBILITY_DATE = '2026-10-01';
const READY_WITHIN_MS = 30_000;

/**
 * Boots the product on this machine: registry and dashboard in workerd behind one origin, migrated and answering.
 * Nothing leaves the machine. USAGE when the port is taken or the state folder cannot be used.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const port = options.port === undefined || options.port === 0 ? await findFreePort() : options.port;
  await requireFreePort(port);
  const origin = `http://${options.host ?? 'localhost'}:${port}`;
  const secrets = options.secrets ?? (await readSecrets(options.stateDir));
  const withDashboard = options.dashboard !== false;
  const [registry, pages, front] = await Promise.all([
    bundleRegistry(),
    withDashboard ? bundleDashboard() : null,
    bundleFront(),
  ]);
  const registryWorker = worker(REGISTRY, registry, registryBindings({ ...options, origin, port, secrets }));
  const dashboardWorker = pages === null ? [] : [worker(DASHBOARD, pages.script, dashboardBindings(pages.assets))];
  const frontWorker = {
    ...worker(FRONT, front, { env: frontBindings(withDashboard) }),
    dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port }] },
  };
  const miniflare = newMiniflare({
    host: '127.0.0.1',
    cf: false,
    telemetry: { enabled: false },
    logRequests: false,
    log: new Log(LogLevel.ERROR),
    resourcePersistencePath: join(options.stateDir, 'resources'),
    handleStructuredLogs: ({ message }) => options.log?.(message),
    // The front has the port to itself: Miniflare's own entry, meant for development, would cost each request a hop.
    workers: [frontWorker, ...dashboardWorker, registryWorker],
  });
  const stop = () => miniflare.dispose();
  try {
    await miniflare.ready.catch((cause: unknown) => {
      throw /sqlite/i.test(String(cause)) ? broken(options.stateDir, cause) : cause;
    });
    const database: Database = await miniflare.getD1Database('DB', REGISTRY);
    const migrated = await migrate(database, readMigrations(options.migrations ?? join(ROOT, 'migrations'))).catch(
      (cause: unknown) => {
        throw cause instanceof AegisError ? cause : broken(options.stateDir, cause);
      },
    );
    await waitUntilHealthy(`http://127.0.0.1:${port}`);
    const bindings = () => miniflare.getBindings<Record<string, unknown>>(REGISTRY);
    return { url: origin, secrets, migrated, miniflare, bindings, stop };
  } catch (error) {
    // What did not start says so once more when it is to end.
    await stop().catch(() => undefined);
    throw error;
  }
}

/** A damaged database shows in the runtime that does not start, or in the first query. */
function broken(stateDir: string, cause: unknown): AegisError {
  return new AegisError('USAGE', {
    detail: `A database in ${stateDir} is broken: it cannot be read. Put a backup of the folder in its place, or move it away to start anew.`,
    cause,
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** By itself Miniflare ends the process at a signal, before the cluster agent and the lock could be: callers end it. */
function newMiniflare(options: MiniflareOptions): Miniflare {
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  const miniflare = new Miniflare(options);
  for (const signal of SIGNALS) {
    const added = process.listeners(signal).filter((listener) => !before.get(signal)?.includes(listener));
    for (const listener of added) process.removeListener(signal, listener);
  }
  return miniflare;
}

type WorkerOptions = MiniflareOptions['workers'][number];
type WorkerConfig = WorkerOptions['config'];

/** One Worker out of one module, as all of the product's run on a laptop. */
export function worker(name: string, script: string, rest: Partial<WorkerConfig>): WorkerOptions {
  const modules = { 'worker.js': { type: 'esm' as const, contents: script } };
  return {
    config: {
      name,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ['nodejs_compat'],
      manifest: { mainModule: 'worker.js', modulesRoot: '/', modules },
      ...rest,
    },
  };
}

interface RegistrySettings {
  origin: string;
  port: number;
  secrets: Secrets;
  rateLimitPerMinute?: number;
  demo?: boolean;
  trustedIssuers?: string;
  dnsOverHttps?: string;
  mailEndpoint?: string;
}

/** What wrangler.toml binds in production. */
export function registryBindings({
  origin,
  port,
  secrets,
  rateLimitPerMinute,
  demo = false,
  trustedIssuers,
  dnsOverHttps,
  mailEndpoint,
}: RegistrySettings): Partial<WorkerConfig> {
  const text = (value: string) => ({ type: 'text' as const, value });
  return {
    env: {
      APP_ENV: text('dev'),
      APP_ORIGIN: text(origin),
      TRUSTED_ORIGINS: text(`http://127.0.0.1:${port}`),
      AUTH_SECRET: text(secrets.authSecret),
      SIGNING_KEYS: text(JSON.stringify(secrets.signingKeys)),
      SETUP_TOKEN_HASH: text(createHash('sha256').update(secrets.setupToken).digest('hex')),
      ...(rateLimitPerMinute === undefined ? {} : { RATE_LIMIT_PER_MINUTE: text(String(rateLimitPerMinute)) }),
      ...(trustedIssuers === undefined ? {} : { TRUSTED_ISSUERS: text(trustedIssuers) }),
      ...(dnsOverHttps === undefined ? {} : { DNS_OVER_HTTPS: text(dnsOverHttps) }),
      MAIL_SENDER: text(mailEndpoint === undefined ? 'outbox' : 'http'),
      ...(mailEndpoint === undefined
        ? {}
        : {
            MAIL_ENDPOINT: text(mailEndpoint),
            MAIL_FROM: text('aegis@localhost'),
            MAIL_API_KEY: text(secrets.authSecret),
          }),
      DEMO: text(demo ? 'on' : 'off'),
      DB: { type: 'd1', id: REGISTRY },
      ARTIFACTS: { type: 'r2', name: 'aegis-artifacts' },
      CLUSTER_FEED: { type: 'durable-object', worker: REGISTRY, exportName: 'ClusterFeed' },
      TRIES: { type: 'durable-object', worker: REGISTRY, exportName: 'TryCounter' },
      AUDIT_LOG: { type: 'durable-object', worker: REGISTRY, exportName: 'AuditLog' },
      ANALYSES: { type: 'queue', name: QUEUE },
    },
    exports: {
      ClusterFeed: { type: 'durable-object', storage: 'sqlite' },
      TryCounter: { type: 'durable-object', storage: 'sqlite' },
      AuditLog: { type: 'durable-object', storage: 'sqlite' },
    },
    triggers: [
      {
        type: 'queue',
        name: QUEUE,
        maxBatchSize: 1,
        maxBatchTimeout: 0,
        maxRetries: 3,
        deadLetterQueue: `${QUEUE}-dead`,
      },
    ],
  };
}

function frontBindings(withDashboard: boolean): WorkerConfig['env'] {
  const to = (name: string) => ({ type: 'worker' as const, worker: name });
  return { API: to(REGISTRY), ...(withDashboard ? { PAGES: to(DASHBOARD) } : {}) };
}

function dashboardBindings(directory: string): Partial<WorkerConfig> {
  return {
    env: { API: { type: 'worker', worker: REGISTRY }, ASSETS: { type: 'assets' } },
    assets: { directory, hasUserWorker: true },
  };
}

/** Asks until the registry says that it is ready; a registry that never is says why in its log. */
async function waitUntilHealthy(address: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const response = await fetch(`${address}/api/health`).catch(() => null);
    if (response?.ok) return;
    if (Date.now() > until) {
      const found = response === null ? 'no answer' : `${response.status} ${await response.text()}`;
      throw new AegisError('UNAVAILABLE', {
        detail: `The registry was not ready within ${READY_WITHIN_MS / 1000} s; ${address}/api/health said: ${found}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
