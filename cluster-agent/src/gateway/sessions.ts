import type { Mode } from '@aegis/skill-sdk/wire/clusters';
import type { Haproxy, Worker } from './haproxy.ts';
import { LIVE_TABLE } from './haproxy-config.ts';

/** A connection that goes through the gateway now. */
export interface Live {
  /** `address:port` of the pod. */
  from: string;
  tenantId: string;
  agentId: string;
  protocol: 'tls' | 'http';
  port: number;
  host: string;
}

/** What the state that is in force says about one connection. */
export type Verdict = (live: Live) => { owner: string | undefined; mode: Mode; isAllowed: boolean };

/**
 * Cuts the connections that would not be made again: revoked in HARD, or of a pod whose address is another's now.
 * What is allowed is never touched, nor anything of a tenant in SOFT. Returns what was cut.
 */
export async function cutRevoked(haproxy: Haproxy, worker: Worker, judge: Verdict): Promise<Live[]> {
  const live = parseLive(await haproxy.run(worker, [`show table ${LIVE_TABLE}`]));
  const doomed = live.filter((one) => {
    const { owner, mode, isAllowed } = judge(one);
    return owner !== `${one.tenantId}|${one.agentId}` || (mode === 'hard' && !isAllowed);
  });
  if (doomed.length === 0) return [];
  const sessions = parseSessions(await haproxy.run(worker, ['show sess']));
  const ids = doomed.flatMap(({ from }) => sessions.get(from) ?? []);
  if (ids.length > 0) {
    await haproxy.run(
      worker,
      ids.map((id) => `shutdown session ${id}`),
    );
  }
  return doomed.filter(({ from }) => sessions.has(from));
}

/** `show table`: the key says everything, because it was made of it. */
export function parseLive(text: string): Live[] {
  return [...text.matchAll(/key=(\S+) use=(\d+)/g)].flatMap(([, key = '', uses]) => {
    const [from, tenantId, agentId, protocol, port, host] = key.split('|');
    if (uses === '0' || host === undefined || from === undefined || tenantId === undefined || agentId === undefined)
      return [];
    if (protocol !== 'tls' && protocol !== 'http') return [];
    return [{ from, tenantId, agentId, protocol, port: Number(port), host }];
  });
}

/** `show sess`: the ids by the address that they came from. */
function parseSessions(text: string): Map<string, string[]> {
  const sessions = new Map<string, string[]>();
  for (const [, id = '', from = ''] of text.matchAll(/^(0x[0-9a-f]+): proto=\S+ src=(\S+) /gm)) {
    sessions.set(from, [...(sessions.get(from) ?? []), id]);
  }
  return sessions;
}
