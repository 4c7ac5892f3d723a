import { z } from 'zod';
import { readIfThere } from '../durable.ts';
import type { Pod } from './maps.ts';

const PodList = z.array(
  z.object({
    ip: z.ipv4(),
    namespace: z.string(),
    name: z.string(),
    uid: z.string().optional(),
    node: z.string().optional(),
    labels: z.record(z.string(), z.string()),
  }),
);

/** Gone pods that a late line of the log may still name. */
const REMEMBERED_MAX = 5000;

/** The pods behind the gateway, as somebody else knows them. */
export interface Pods {
  /** Those that are there now. */
  readonly now: readonly Pod[];
  /** The pod that has the address, or had it last. */
  at(ip: string): Pod | undefined;
  /** Takes over what changed; true when other pods are there than before. Throws when that cannot be told. */
  refresh(): Promise<boolean>;
  /** Pods that have the tenant label and do not ask the DNS of tenants, so that nothing of theirs is seen here. */
  notSteered(): readonly NotSteered[];
  /** Keeps them at what is there until the signal aborts; ends at once when there is nothing to keep. */
  watch(signal: AbortSignal): Promise<void>;
}

/** A pod that joined by label alone, and what its template lacks. */
export interface NotSteered {
  pod: string;
  patch: string;
}

/** Pods from a file that somebody else keeps; `path` null: no pods, so every source is unknown and denied. */
export function openPods(path: string | null): Pods {
  let text = '[]';
  return openSource(async () => {
    const found = path === null ? null : await readIfThere(path);
    const next = found?.toString('utf8') ?? '[]';
    if (next === text) return null;
    const pods = PodList.parse(JSON.parse(next));
    text = next;
    return pods;
  });
}

/** `read` gives the pods when they changed since it was asked last, else null. */
export function openSource(
  read: () => Promise<readonly Pod[] | null>,
  { notSteered, watch }: Pick<Pods, 'notSteered' | 'watch'> = { notSteered: () => [], watch: async () => {} },
): Pods {
  let now: readonly Pod[] = [];
  const byAddress = new Map<string, Pod>();
  return {
    get now() {
      return now;
    },
    at: (ip) => byAddress.get(ip),
    notSteered,
    watch,
    async refresh() {
      const next = await read();
      if (next === null) return false;
      now = next;
      for (const pod of now) {
        byAddress.delete(pod.ip);
        byAddress.set(pod.ip, pod);
      }
      for (const [ip] of byAddress) {
        if (byAddress.size <= Math.max(REMEMBERED_MAX, now.length)) break;
        byAddress.delete(ip);
      }
      return true;
    },
  };
}
