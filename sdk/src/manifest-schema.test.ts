import { expect, test } from 'vitest';
import { manifestSchema } from './manifest-schema.ts';

test('the committed schema is the one of this source (vitest -u writes it)', async () => {
  await expect(`${JSON.stringify(manifestSchema(), null, 2)}\n`).toMatchFileSnapshot('../schema/manifest.schema.json');
});

test('an editor learns every key with its description and refuses other keys', () => {
  const schema = manifestSchema() as {
    properties: Record<string, { description?: string }>;
    required: string[];
    additionalProperties: boolean;
  };
  expect(schema.required).toEqual(['name', 'version', 'description']);
  expect(schema.additionalProperties).toBe(false);
  for (const [key, property] of Object.entries(schema.properties)) {
    expect(property.description, key).toMatch(/\.$/);
  }
});
