import { z } from 'zod';
import { readIfThere } from '../durable.ts';
import type { Pod } from './maps.ts';

const Pods = z.array(
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

/** The pods behind the gateway, from a file that somebody else keeps. */
export interface Pods {
  /** Those that are there now. */
  readonly now: readonly Pod[];
  /** The pod that has the address, or had it last. */
  at(ip: string): Pod | undefined;
  /** Looks at the file again; true when other pods are there than before. Throws when it cannot be read as pods. */
  refresh(): Promise<boolean>;
}

/** `path` null: no pods, so every source is unknown and denied. */
export function openPods(path: string | null): Pods {
  let now: readonly Pod[] = [];
  let text = '[]';
  const byAddress = new Map<string, Pod>();
  return {
    get now() {
      return now;
    },
    at: (ip) => byAddress.get(ip),
    async refresh() {
      const found = path === null ? null : await readIfThere(path);
      const next = found?.toString('utf8') ?? '[]';
      if (next === text) return false;
      now = Pods.parse(JSON.parse(next));
      text = next;
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
