import type { BlockedList, BlockedRequest } from '@aegis/skill-sdk/wire/blocked';

const POLL_MS = 5_000;

/** How many rows are new since the page was read. Rows never move under the pointer: the reader asks for them. */
export class LiveCount {
  fresh = $state(0);
  /** Epoch ms of the first poll that failed in a row; null while they succeed. */
  failedAt = $state<number | null>(null);

  /** Polls until the returned function is called; a hidden page does not ask. */
  follow(path: string, shown: readonly BlockedRequest[]): () => void {
    const seen = new Map(shown.map((row) => [row.id, row.count]));
    const stop = new AbortController();
    this.fresh = 0;
    this.failedAt = null;
    const timer = setInterval(() => {
      if (!document.hidden) void this.#poll(path, seen, stop.signal);
    }, POLL_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }

  async #poll(path: string, seen: ReadonlyMap<string, number>, signal: AbortSignal): Promise<void> {
    try {
      const answer = await fetch(path, { signal });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const list = (await answer.json()) as BlockedList;
      this.fresh = countFresh(list.blockedRequests, seen);
      this.failedAt = null;
    } catch {
      // The page says since when it is stale, and the next poll tries again.
      if (!signal.aborted) this.failedAt ??= Date.now();
    }
  }
}

/** Rows that are not shown yet, or that counted on since. */
export function countFresh(
  rows: readonly Pick<BlockedRequest, 'id' | 'count'>[],
  seen: ReadonlyMap<string, number>,
): number {
  return rows.filter((row) => seen.get(row.id) !== row.count).length;
}
