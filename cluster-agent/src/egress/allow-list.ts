import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { spellAllow, spellOrigin } from '../approvals.ts';

/** One line of a gateway map: the key that is looked up, and what it stands for (`tls crm-export 1.2.0`). */
export interface MapLine {
  key: string;
  value: string;
}

/** What the gateway may let through for one tenant. What is not in it is denied; empty means that everything is. */
export interface AllowList {
  /** Exact names, keyed `tenant|agent|port|host`, sorted by key. */
  exact: MapLine[];
  /** The same keys as anchored regular expressions, for names with `*.` (one label) or `**.` (one or more). */
  wildcards: MapLine[];
  /** Destinations of protocol `tcp`: they pass no gateway that decides by name, so they stay closed. */
  unsupported: string[];
}

/** The characters of one label. A dot is none of them, so `*.` never spans two labels. */
const LABEL_PATTERN = '[a-z0-9_-]+';

/** A119: the hosts that each agent of the tenant may reach, by port, each with the skill and version that opened it. */
export function generateAllowList(document: TenantDocument): AllowList {
  const exact = new Map<string, Set<string>>();
  const wildcards = new Map<string, Set<string>>();
  const unsupported = new Set<string>();
  for (const { agentId, allow: allows } of document.agents) {
    for (const allow of allows) {
      if (allow.protocol === 'tcp') {
        unsupported.add(spellAllow(allow));
        continue;
      }
      for (const port of allow.ports) {
        const prefix = [document.tenantId, agentId, port];
        const isWildcard = allow.host.startsWith('*');
        const key = isWildcard ? wildcardKey(prefix, allow.host) : [...prefix, allow.host].join('|');
        const map = isWildcard ? wildcards : exact;
        const origins = map.get(key) ?? new Set();
        map.set(key, origins.add(`${allow.protocol} ${spellOrigin(allow.origin)}`));
      }
    }
  }
  return { exact: toLines(exact), wildcards: toLines(wildcards), unsupported: [...unsupported].sort() };
}

/** A map file: a line per key, key and value apart by one blank, each line ended. */
export function formatMap(lines: readonly MapLine[]): string {
  return lines.map(({ key, value }) => `${key} ${value}\n`).join('');
}

function wildcardKey(prefix: (string | number)[], host: string): string {
  const labels = host.startsWith('**.') ? `(${LABEL_PATTERN}\\.)+` : `${LABEL_PATTERN}\\.`;
  const rest = host.slice(host.indexOf('.') + 1);
  return `^${prefix.join('\\|')}\\|${labels}${rest.replaceAll('.', '\\.')}$`;
}

function toLines(map: Map<string, Set<string>>): MapLine[] {
  return [...map]
    .map(([key, origins]) => ({ key, value: [...origins].sort().join(', ') }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}
