import { expect, it } from 'vitest';
import { hasBareSuppression } from './suppressions.ts';

it.each([
  ['biome', '// biome-ignore lint/style/noNonNullAssertion: the map was filled above'],
  ['TypeScript', '// @ts-expect-error the library has no types'],
  ['Svelte', '<!-- svelte-ignore a11y_autofocus (the dialog was opened for it) -->'],
  ['the line above', '// The page belongs to one tenant.\n// svelte-ignore state_referenced_locally'],
])('a reason passes: %s', (_, text) => {
  expect(hasBareSuppression(text)).toBe(false);
});

it.each([
  ['biome', 'x;\n// biome-ignore lint/style/noNonNullAssertion: <explanation>'],
  ['TypeScript', 'x;\n// @ts-expect-error'],
  ['Svelte', 'x;\n<!-- svelte-ignore a11y_autofocus -->'],
  ['coverage', 'x;\n/* istanbul ignore next */'],
])('no reason is found: %s', (_, text) => {
  expect(hasBareSuppression(text)).toBe(true);
});
