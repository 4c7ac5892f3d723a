import { coversHost } from '@aegis/skill-sdk/permissions';
import { BlockedReason } from '@aegis/skill-sdk/wire/blocked';
import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { z } from 'zod';

/** HAProxy spells what is not set as `-`. */
const text = z.string().transform((value) => (value === '-' ? '' : value));

const Line = z.object({
  at: z.number(),
  src: z.string(),
  srcPort: z.number(),
  who: text,
  protocol: z.enum(['tls', 'http']),
  hostSource: z.enum(['sni', 'http_host']),
  port: z.number(),
  host: text,
  ip: text,
  revision: text,
  verdict: text,
  reason: text,
  end: z.string(),
});

/** One connection or request that HARD denies, as the gateway decided it. */
export interface Denial {
  atMs: number;
  src: { ip: string; port: number };
  /** Null: no pod of a tenant had the source address, or the request was too garbled to be asked whose it is. */
  tenantId: string | null;
  agentId: string | null;
  protocol: 'tls' | 'http';
  host: string;
  hostSource: 'sni' | 'http_host' | 'none';
  port: number;
  ip: string | null;
  /** Of the tenant's document that decided; null where none did. */
  revision: number | null;
  /** False: SOFT let it pass. */
  isDenied: boolean;
  reason: BlockedReason;
}

/** What a line of the gateway's log says: a denial, something that passed, or nothing that can be read. */
export type LogLine = { kind: 'denial'; denial: Denial } | { kind: 'passed' } | { kind: 'unreadable' };

/**
 * Reads one line. No verdict: it was handed on to the frontend for requests, which writes its own line, or it was a
 * request that no server would understand, which the proxy itself refused (`PR`).
 */
export function parseLine(line: string): LogLine {
  const parsed = Line.safeParse(fromJson(line));
  if (!parsed.success) return { kind: 'unreadable' };
  const { at, src, srcPort, who, verdict, reason, revision, port, host, ip, protocol, hostSource, end } = parsed.data;
  const isGarbled = protocol === 'http' && verdict === '' && end.startsWith('PR');
  if (['allow', 'page', ''].includes(verdict) && !isGarbled) return { kind: 'passed' };
  const [tenantId = '', agentId = ''] = who.split('|');
  const known = BlockedReason.safeParse(isGarbled ? 'no_sni' : reason);
  const denial: Denial = {
    atMs: at,
    src: { ip: src, port: srcPort },
    tenantId: agentId === '' ? null : tenantId,
    agentId: agentId === '' || agentId === '-' ? null : agentId,
    protocol,
    host,
    hostSource: host === '' ? 'none' : hostSource,
    port,
    ip: ip === '' ? null : ip,
    revision: Number(revision) || null,
    isDenied: verdict !== 'would_deny',
    reason: known.success ? known.data : 'policy_default',
  };
  return { kind: 'denial', denial };
}

/** The same denial with the reason that helps, and the skill that it is about, when there is one. */
export interface Explained {
  reason: BlockedReason;
  skill: { name: string; version: string; digest: string } | null;
}

/**
 * Why really: the gateway only knows that there was no line. The agent may reach the host by another port or protocol
 * (`port`), or a skill that is not installed on this agent may (`skill_not_installed`). Else it is in no allow-list;
 * then the agent's skill is named if it has exactly one.
 */
export function explain({ agentId, host, port, reason }: Denial, document: TenantDocument | null): Explained {
  const skills = document?.installs.filter((install) => install.agentId === agentId) ?? [];
  const only = skills.length === 1 ? (skills[0] ?? null) : null;
  const own = only === null ? null : { name: only.name, version: only.version, digest: only.archiveDigest };
  if (reason !== 'not_in_allowlist' || document === null) return { reason, skill: own };
  for (const agent of document.agents) {
    const found = agent.allow.find((allow) => coversHost([allow], { host, port: allow.ports[0] ?? port }));
    if (found === undefined) continue;
    const { origin } = found;
    const skill =
      origin.kind === 'skill' ? { name: origin.name, version: origin.version, digest: origin.digest } : null;
    return agent.agentId === agentId
      ? { reason: 'port', skill: skill ?? own }
      : { reason: 'skill_not_installed', skill };
  }
  return { reason, skill: own };
}

function fromJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
