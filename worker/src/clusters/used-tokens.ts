import { CLOCK_SKEW_SECONDS, CLUSTER_TOKENS_REMEMBERED } from '@aegis/skill-sdk/limits';
import type { Taking, TokenUse } from '../changes.ts';

const SKEW_MS = CLOCK_SKEW_SECONDS * 1000;

/**
 * Which credentials of clusters were used: each is taken once, and forgotten when it would no longer be taken anyway.
 * What was issued before the memory began may have been used already, so it is not taken; a cluster makes another one.
 * The clock of a cluster may be slow by CLOCK_SKEW_SECONDS, and so far back the memory has to trust. Pure but for itself.
 */
export class UsedTokens {
  private readonly bornAtMs: number;
  private readonly byCluster = new Map<string, Map<string, number>>();

  constructor(bornAtMs: number) {
    this.bornAtMs = bornAtMs;
  }

  take(clusterId: string, { jti, issuedAtMs, untilMs }: TokenUse, nowMs: number): Taking {
    if (issuedAtMs + SKEW_MS < this.bornAtMs) return 'older';
    const used = this.byCluster.get(clusterId) ?? new Map<string, number>();
    this.byCluster.set(clusterId, used);
    if (used.has(jti)) return 'used';
    if (used.size >= CLUSTER_TOKENS_REMEMBERED) forgetExpired(used, nowMs);
    if (used.size >= CLUSTER_TOKENS_REMEMBERED) return 'full';
    used.set(jti, untilMs);
    // A few of the oldest each time, so that nothing ever has to look at all of them.
    for (const [oldest, until] of used) {
      if (until > nowMs) break;
      used.delete(oldest);
    }
    return 'taken';
  }
}

function forgetExpired(used: Map<string, number>, nowMs: number): void {
  for (const [jti, untilMs] of used) if (untilMs <= nowMs) used.delete(jti);
}
