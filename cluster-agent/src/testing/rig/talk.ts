import { createInterface } from 'node:readline';

/** Answers JSON lines on standard input with JSON lines, each with the number of its question. */
export function answerLines<Ask>(answer: (ask: Ask) => Promise<unknown>): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, ...ask } = JSON.parse(line);
    answer(ask)
      .then((value) => ({ id, value: value ?? null }))
      .catch((error: unknown) => ({ id, error: String(error) }))
      .then((said) => process.stdout.write(`${JSON.stringify(said)}\n`));
  });
  // Whoever asks is gone, however it ended; in a namespace of processes everything ends with the first one.
  lines.on('close', () => process.exit(0));
}
