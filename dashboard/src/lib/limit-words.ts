/** How each limit of a manifest is said. */
const WORDS: Record<string, (value: number) => string> = {
  cpus: (value) => `${value} ${value === 1 ? 'CPU' : 'CPUs'}`,
  memoryMb: (value) => `${value} MB memory`,
  diskMb: (value) => `${value} MB disk`,
  processes: (value) => `${value} ${value === 1 ? 'process' : 'processes'}`,
  lifeSeconds: (value) => `${value} s in all`,
  callSeconds: (value) => `${value} s a call`,
};

/** The limits of a manifest in words; what is unknown or no number is said as it stands. */
export function limitWords(limits: unknown): string[] {
  if (limits === null || typeof limits !== 'object') return [];
  return Object.entries(limits).map(([name, value]) =>
    Object.hasOwn(WORDS, name) && typeof value === 'number' ? (WORDS[name]?.(value) ?? '') : `${name} ${String(value)}`,
  );
}
