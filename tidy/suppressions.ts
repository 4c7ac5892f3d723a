/** Where a machine is told to look away, and what must follow: the reason. */
const SUPPRESSIONS = [
  /biome-ignore(?:-\w+)? [\w/]+(?<rest>.*)/g,
  /@ts-expect-error(?<rest>.*)/g,
  /svelte-ignore [a-z0-9_]+(?:,\s*[a-z0-9_]+)*(?<rest>.*)/g,
  /istanbul ignore \w+(?<rest>.*)/g,
];
/** Anything shorter explains nothing. */
const REASON_LENGTH_MIN = 10;

/** True when a suppression stands without its reason, on the same line or as a comment on the line above. */
export function hasBareSuppression(text: string): boolean {
  return SUPPRESSIONS.some((pattern) =>
    [...text.matchAll(pattern)].some((match) => {
      const own = (match.groups?.rest ?? '').replace(/<explanation>|-->|\*\/|[():]/g, '').trim();
      return own.length < REASON_LENGTH_MIN && !isExplainedAbove(text.slice(0, match.index));
    }),
  );
}

function isExplainedAbove(before: string): boolean {
  const above = before.split('\n').at(-2)?.trim() ?? '';
  return /^(\/\/|<!--|\*|\/\*)/.test(above) && above.length >= REASON_LENGTH_MIN;
}
