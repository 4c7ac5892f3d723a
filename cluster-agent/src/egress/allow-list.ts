import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { spellAllow, spellOrigin } from '../approvals.ts';

/** One line of a gateway map: the key that is looked up, and which skill opened it (`crm-export 1.2.0`). */
export interface MapLine {
  key: string;
  value: string;
}

/** What the gateway may let through for one tenant. What is not in it is denied; empty means that everything is. */
export interface AllowList {
  /**
   * Keyed `tenant|agent|protocol|port|host`, sorted by key. A host with `*.` or `**.` stands as it is written: the
   * gateway looks up the name, then `*.` before what follows its first label, then `**.` before each of its ends.
   */
  lines: MapLine[];
  /** Destinations of protocol `tcp`: they pass no gateway that decides by name, so they stay closed. */
  unsupported: string[];
}

/** A119: the hosts that each agent of the tenant may reach, by port, each with the skill and version that opened it. */
export function generateAllowList(document: TenantDocument): AllowList {
  const origins = new Map<string, Set<string>>();
  const unsupported = new Set<string>();
  for (const { agentId, allow: allows } of document.agents) {
    for (const allow of allows) {
      if (allow.protocol === 'tcp') {
        unsupported.add(spellAllow(allow));
        continue;
      }
      for (const port of allow.ports) {
        const key = [document.tenantId, agentId, allow.protocol, port, allow.host].join('|');
        origins.set(key, (origins.get(key) ?? new Set()).add(spellOrigin(allow.origin)));
      }
    }
  }
  const lines = [...origins]
    .map(([key, ofKey]) => ({ key, value: [...ofKey].sort().join(', ') }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  return { lines, unsupported: [...unsupported].sort() };
}

/** A map file: a line per key, key and value apart by one blank, each line ended. */
export function formatMap(lines: readonly MapLine[]): string {
  return lines.map(({ key, value }) => `${key} ${value}\n`).join('');
}
