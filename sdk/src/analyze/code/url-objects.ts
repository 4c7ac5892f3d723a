import type { Call } from './calls.ts';
import { normalisePath } from './paths.ts';
import { HOLE, joinOrigins, NOTHING, type Value, value } from './value.ts';

/** A URL object: its text is the address, with holes. */
export function urlValue(call: Call): Value {
  const address = call.argument(0);
  const base = call.count > 1 ? call.argument(1) : NOTHING;
  const texts = address.texts.flatMap((text) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return [text];
    if (base.texts.length === 0) return [text];
    return base.texts.map((root) => (text.startsWith(HOLE) ? HOLE : resolveUrl(text, root)));
  });
  return value({
    texts: texts.length === 0 ? [HOLE] : texts,
    refs: ['URL#'],
    origins: joinOrigins([address.origins, base.origins]),
    assembled: true,
  });
}

function resolveUrl(text: string, root: string): string {
  const match = /^([a-z][a-z0-9+.-]*:)(\/\/[^/?#]*)?([^?#]*)/i.exec(root);
  if (match === null) return HOLE;
  const [, protocol = '', authority = '', folder = ''] = match;
  if (text.startsWith('//')) return protocol + text;
  if (text.startsWith('/')) return protocol + authority + text;
  return protocol + authority + normalisePath(`${folder.slice(0, folder.lastIndexOf('/'))}/${text}`);
}
