/** What an analysis could not work out, by the kind of the capability event. */
const UNKNOWN: Record<string, string> = {
  net: 'which host',
  'fs.read': 'which file is read',
  'fs.write': 'which file is written',
  env: 'which variable',
};

/** `lib/a.ts:53 net` of a report as `lib/a.ts:53, which host`; anything else stays as it is. */
export function inWords(unresolved: string): string {
  const space = unresolved.lastIndexOf(' ');
  const word = UNKNOWN[unresolved.slice(space + 1)];
  if (word === undefined) return unresolved;
  return space < 0 ? word : `${unresolved.slice(0, space)}, ${word}`;
}
