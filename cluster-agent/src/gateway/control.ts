import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import { readIfThere, writeDurably } from '../durable.ts';
import type { Haproxy, Worker } from './haproxy.ts';
import { type GatewayFiles, generateHaproxyConfig } from './haproxy-config.ts';
import { diffAllowed, diffMap, formatMaps, type Maps } from './maps.ts';
import { cutRevoked, type Live, type Verdict } from './sessions.ts';

export interface ControlOptions {
  files: GatewayFiles;
  resolver: string | null;
  haproxy: Haproxy;
  log: Log;
}

/** What the gateway should be. */
export interface Wanted {
  maps: Maps;
  ports: readonly number[];
  judge: Verdict;
}

/** Keeps the running HAProxy at what is wanted. One call at a time. */
export interface Control {
  /** Resolves when every connection is decided anew. Throws UNAVAILABLE while HAProxy does not run; `check` then makes up for it. */
  apply(wanted: Wanted): Promise<void>;
  /** Has HAProxy been started anew, or lost a worker, since the last look? Then it gets everything again. */
  check(): Promise<void>;
}

/** What is open comes before who it is open for, so that nobody is denied in between who is not denied after it. */
const MAPS = ['allowed', 'modes', 'sources'] as const;
/** A reload takes about a second; a configuration that HAProxy refuses never gets a new worker. */
const RELOAD_LOOKS_MAX = 100;
const RELOAD_LOOK_MS = 50;

export function createControl({ files, resolver, haproxy, log }: ControlOptions): Control {
  let wanted: Wanted | null = null;
  /** What each worker has been told; a worker that is not in it gets whole maps. */
  const told = new Map<number, Maps>();
  const written = new Map<string, string>();
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task);
    turn = next.catch(() => undefined);
    return next;
  };

  const bring = async (worker: Worker, { maps, judge }: Wanted): Promise<void> => {
    const before = told.get(worker.pid);
    if (before === undefined) await swapAll(haproxy, worker, files, maps);
    else await change(haproxy, worker, { files, before, after: maps });
    told.set(worker.pid, maps);
    const cut = await cutRevoked(haproxy, worker, judge);
    if (cut.length > 0) log.info('connections cut', { connections: cut.length, first: spell(cut[0]) });
  };
  const bringAll = async (next: Wanted): Promise<void> => {
    const workers = await haproxy.workers();
    for (const pid of told.keys()) if (!workers.some((worker) => worker.pid === pid)) told.delete(pid);
    for (const worker of workers) await bring(worker, next);
  };

  return {
    apply: (next) =>
      alone(async () => {
        wanted = next;
        const config = generateHaproxyConfig({ files, ports: next.ports, resolver });
        const before = (await readIfThere(files.config))?.toString('utf8');
        if (before !== config) {
          await writeMaps(files, next.maps, written);
          // Last: HAProxy is started when it is there.
          await writeDurably(files.config, config);
          if (before !== undefined) {
            await reload(haproxy);
            log.info('listens on other ports', { ports: next.ports });
          }
        }
        await bringAll(next);
        // For a start of HAProxy without us.
        await writeMaps(files, next.maps, written);
      }),
    check: () =>
      alone(async () => {
        if (wanted === null) return;
        const workers = await haproxy.workers();
        if (workers.some(({ pid }) => !told.has(pid))) await bringAll(wanted);
      }),
  };
}

/** Resolves when another worker than before takes the connections. */
async function reload(haproxy: Haproxy): Promise<void> {
  const before = await haproxy.workers();
  await haproxy.reload();
  for (let look = 0; look < RELOAD_LOOKS_MAX; look++) {
    // The master does not answer while it makes itself anew.
    const now = await haproxy.workers().catch(() => []);
    if (now.some(({ pid, isCurrent }) => isCurrent && before.every((one) => one.pid !== pid))) return;
    await new Promise((resolve) => setTimeout(resolve, RELOAD_LOOK_MS));
  }
  throw new AegisError('UNAVAILABLE', {
    detail: 'HAProxy did not take its new configuration; its own output says why.',
  });
}

/** Writes what differs from what was written last. */
async function writeMaps(files: GatewayFiles, maps: Maps, written: Map<string, string>): Promise<void> {
  const lines = formatMaps(maps);
  for (const name of MAPS) {
    const text = lines[name].join('');
    if (written.get(name) === text) continue;
    await writeDurably(files[name], text);
    written.set(name, text);
  }
}

/** All lines of each map at once: a look-up sees the old map or the new one. */
async function swapAll(haproxy: Haproxy, worker: Worker, files: GatewayFiles, maps: Maps): Promise<void> {
  const lines = formatMaps(maps);
  for (const name of MAPS) {
    const answer = await haproxy.run(worker, [`prepare map ${files[name]}`]);
    const version = /version created: (\d+)/.exec(answer)?.[1] ?? '0';
    await haproxy.feed(worker, `add map @${version} ${files[name]}`, lines[name]);
    await haproxy.run(worker, [`commit map @${version} ${files[name]}`]);
  }
}

/** What closes first, what opens after it. */
async function change(
  haproxy: Haproxy,
  worker: Worker,
  { files, before, after }: { files: GatewayFiles; before: Maps; after: Maps },
): Promise<void> {
  const diffs = [
    diffAllowed(files.allowed, before.allowed, after.allowed),
    diffMap(files.modes, before.modes, after.modes),
    diffMap(files.sources, before.sources, after.sources),
  ];
  const commands = [...diffs.flatMap(({ tighter }) => tighter), ...diffs.flatMap(({ wider }) => wider)];
  if (commands.length > 0) await haproxy.run(worker, commands);
}

function spell(live: Live | undefined): string {
  return live === undefined ? '' : `${live.from} ${live.protocol}://${live.host}:${live.port}`;
}
