import { AegisError } from '../errors.ts';

/** Requests at once: a browser's habit, and what a Worker reaches its storage with. */
const AT_ONCE = 6;

/**
 * `work` on every item, a few at a time, results in order. One that fails does not stop the others, so that a person
 * hears of everything at once. @throws what one item threw; of several, one error that names each
 */
export async function forEachOf<T, R>(
  items: readonly T[],
  { noun, onDone }: { noun: string; onDone?: (done: number) => void },
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const failures = new Map<number, unknown>();
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      const item = items[at] as T;
      try {
        results.set(at, await work(item));
      } catch (error) {
        failures.set(at, error);
        // What is no refusal of one item (no network, no credential) will not be better for the next.
        if (!(error instanceof AegisError) || STOPS.has(error.code)) next = items.length;
      }
      onDone?.(results.size + failures.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.size > 0)
    throw together(
      items.length,
      noun,
      [...failures].sort(([a], [b]) => a - b).map(([, e]) => e),
    );
  return items.map((_item, at) => results.get(at) as R);
}

const STOPS = new Set(['NETWORK', 'TIMEOUT', 'NOT_A_REGISTRY', 'UNAVAILABLE', 'UNAUTHENTICATED', 'RATE_LIMITED']);

function together(total: number, noun: string, failures: readonly unknown[]): unknown {
  const [first] = failures;
  const known = failures.filter((error) => error instanceof AegisError);
  if (!(first instanceof AegisError) || known.length < failures.length || known.length === 1) {
    return failures.find((error) => !(error instanceof AegisError)) ?? first;
  }
  const lines = known.map((error) => `  ${error.code}: ${error.detail ?? error.title}`);
  return new AegisError(first.code, {
    detail: `${known.length} of ${total} ${noun} were refused. Nothing was written.\n${lines.join('\n')}`,
    ...(first.meta === undefined ? {} : { meta: first.meta }),
  });
}
