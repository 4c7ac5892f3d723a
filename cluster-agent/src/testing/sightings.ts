import type { Unnumbered } from '../blocked/collect.ts';
import type { Sighting } from '../target.ts';
import { NOW_MS, seededId } from './documents.ts';

/** One denied request of the first tenant. */
export function sighting(more: Partial<Sighting> = {}): Sighting {
  return {
    tenantId: seededId('tenant', 1),
    agentId: seededId('agent', 1),
    src: { ip: '10.0.0.7' },
    dst: { host: 'evil.example.com', hostSource: 'sni', port: 443 },
    protocol: 'tls',
    verdict: 'denied',
    reason: 'not_in_allowlist',
    policy: { revision: 7 },
    source: 'gateway',
    atMs: NOW_MS,
    ...more,
  };
}

/** The event of one denial; `host` makes it recognisable. */
export function event(host = 'evil.example.com', more: Partial<Unnumbered> = {}): Unnumbered {
  const { atMs, ...rest } = sighting({ dst: { host, hostSource: 'sni', port: 443 } });
  const at = new Date(atMs).toISOString();
  return { ...rest, kind: 'request', firstAt: at, lastAt: at, count: 1, samples: [], ...more };
}
