import type { BlockedReason } from '@aegis/skill-sdk/wire/blocked';
import type { Mode } from '@aegis/skill-sdk/wire/clusters';
import type { Sighting } from '../target.ts';

/** Where a request wanted to go. A host, never a path or a query. */
export interface Destination {
  host: string;
  hostSource: Sighting['dst']['hostSource'];
  port: number;
  protocol: string;
  ip?: string;
}

/** Who wanted it, and what decided against it. */
export interface BlockedBy {
  /** SOFT lets the request go and records that HARD would not have. */
  mode: Mode;
  reason: BlockedReason;
  revision: number;
  source: Sighting['source'];
  src: Sighting['src'];
  atMs: number;
  agentId?: string;
  pod?: Sighting['pod'];
  skill?: Sighting['skill'];
  sample?: string;
}

/** A122, A132, A141: records that a request of the tenant was denied (HARD) or would have been (SOFT). */
export function logBlockedRequest(
  tenantId: string,
  destination: Destination,
  by: BlockedBy,
  record: (sighting: Sighting) => void,
): void {
  const { mode, revision, agentId, pod, skill, sample, ...rest } = by;
  const { protocol, ip, ...dst } = destination;
  record({
    ...rest,
    tenantId,
    ...(agentId === undefined ? {} : { agentId }),
    ...(pod === undefined ? {} : { pod }),
    ...(skill === undefined ? {} : { skill }),
    ...(sample === undefined ? {} : { sample }),
    dst: { ...dst, host: dst.host.toLowerCase(), ...(ip === undefined ? {} : { ip }) },
    protocol,
    verdict: mode === 'hard' ? 'denied' : 'would_deny',
    policy: { revision },
  });
}
