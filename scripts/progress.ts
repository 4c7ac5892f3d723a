/** So often the seconds are counted up on a terminal. */
const TICK_MS = 1000;

/** Shows what is being done, and how long it took: on a terminal one line that counts, elsewhere a line when it ends. */
export async function step<T>(title: string, task: () => Promise<T>, describe?: (result: T) => string): Promise<T> {
  const startedAtMs = performance.now();
  const seconds = () => `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
  const isTerminal = process.stdout.isTTY === true;
  const show = () => process.stdout.write(`\r  … ${title}  ${seconds()}   `);
  if (isTerminal) show();
  const ticking = isTerminal ? setInterval(show, TICK_MS) : null;
  const finish = (mark: string, text: string) => {
    if (ticking !== null) clearInterval(ticking);
    process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}  ${mark} ${text}  ${seconds()}\n`);
  };
  try {
    const result = await task();
    finish('✓', describe === undefined ? title : describe(result));
    return result;
  } catch (error) {
    finish('✗', title);
    throw error;
  }
}
