import { DurableObject } from 'cloudflare:workers';
import type { Taking, TokenUse } from '../changes.ts';
import type { Env } from '../env.ts';
import { UsedTokens } from './used-tokens.ts';

/** Wakes so many polls per turn, so that one ring does not hold the object for a second. */
const WAKES_PER_TURN = 50;

interface Waiting {
  wake: (rung: boolean) => void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * A doorbell: holds the open polls of up to CLUSTERS_PER_HUB clusters in memory, and which of their credentials were
 * used. It stores nothing; what a cluster should do is read from D1 after the wake. A lost ring only delays until the
 * poll ends; of a lost memory `UsedTokens` says what follows.
 */
export class ClusterFeed extends DurableObject<Env> {
  private readonly waiting = new Map<string, Set<Waiting>>();
  private readonly used = new UsedTokens(Date.now());

  /** Takes a credential whose signature was checked, once. */
  takeToken(clusterId: string, token: TokenUse): Taking {
    return this.used.take(clusterId, token, Date.now());
  }

  /** Resolves true when the cluster is rung, false after `seconds`. */
  wait(clusterId: string, seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const polls = this.waiting.get(clusterId) ?? new Set<Waiting>();
      this.waiting.set(clusterId, polls);
      const poll: Waiting = {
        wake: (rung) => {
          clearTimeout(poll.timer);
          polls.delete(poll);
          if (polls.size === 0 && this.waiting.get(clusterId) === polls) this.waiting.delete(clusterId);
          resolve(rung);
        },
        timer: setTimeout(() => poll.wake(false), seconds * 1000),
      };
      polls.add(poll);
    });
  }

  /** Answers at once; the wakes follow in turns. */
  ring(clusterIds: string[]): void {
    const polls = clusterIds.flatMap((clusterId) => [...(this.waiting.get(clusterId) ?? [])]);
    const turn = () => {
      for (const poll of polls.splice(0, WAKES_PER_TURN)) poll.wake(true);
      if (polls.length > 0) setTimeout(turn, 0);
    };
    if (polls.length > 0) setTimeout(turn, 0);
  }
}
