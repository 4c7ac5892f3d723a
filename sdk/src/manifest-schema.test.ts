import { expect, test } from 'vitest';
import { manifestSchema } from './manifest-schema.ts';

test('the committed schema is the one of this source (vitest -u writes it)', async () => {
  await expect(`${JSON.stringify(manifestSchema(), null, 2)}\n`).toMatchFileSnapshot('../schema/manifest.schema.json');
});

test('an editor learns every key with its description, at any depth, and refuses other keys', () => {
  const schema = manifestSchema();
  expect(schema.required).toEqual(['name', 'version', 'description']);
  const keys: string[] = [];
  const open: string[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties, additionalProperties } = value as { properties?: object; additionalProperties?: unknown };
    if (properties !== undefined && additionalProperties !== false) open.push(at);
    for (const [key, property] of Object.entries(properties ?? {})) {
      keys.push(key);
      expect(property.description, `${at}/${key}`).toMatch(/[.:]$/);
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, `${at}/${key}`);
  };
  walk(schema, '');
  expect(keys).toEqual(expect.arrayContaining(['tools', 'handler', 'methods', 'readOnlyHint', 'callSeconds']));
  expect(open).toEqual([]);
});
