import type { TextFile } from '../facts.ts';

/** Larger maps are not read; the code beside them is analysed like any other. */
const MAP_LENGTH_MAX = 4 * 1024 * 1024;

/** What source maps say that the code beside them was made of: one text for each file of code that has such a map. */
export function originalsOf(texts: readonly TextFile[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { source } of texts) {
    if (!/\.[cm]?js\.map$/.test(source.path) || source.text.length > MAP_LENGTH_MAX) continue;
    const original = contentsOf(source.text);
    if (original !== null) found.set(source.path.slice(0, -'.map'.length), original);
  }
  return found;
}

/** Null unless the map holds every one of its sources. */
function contentsOf(text: string): string | null {
  try {
    const { sourcesContent } = JSON.parse(text) as { sourcesContent?: unknown };
    if (!Array.isArray(sourcesContent) || sourcesContent.length === 0) return null;
    return sourcesContent.every((item) => typeof item === 'string') ? sourcesContent.join('\n') : null;
  } catch {
    // Not a map: then it says nothing about the code.
    return null;
  }
}
