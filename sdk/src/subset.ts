import { isObject } from './json-schema.ts';

/**
 * Where `found` lacks what `expected` asks for, in sentences that start with a JSON pointer; empty when it lacks nothing.
 * Objects are compared by the keys of `expected` at any depth, lists item by item, everything else by value.
 */
export function differences(expected: unknown, found: unknown, pointer = ''): string[] {
  const at = pointer === '' ? 'output' : pointer;
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return [`${at}: expected ${expected.length} items, found ${found.length}`];
    return expected.flatMap((item, index) => differences(item, found[index], `${pointer}/${index}`));
  }
  if (isObject(expected) && isObject(found)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, Object.hasOwn(found, key) ? found[key] : undefined, `${pointer}/${key}`),
    );
  }
  return Object.is(expected, found) ? [] : [`${at}: expected ${show(expected)}, found ${show(found)}`];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
