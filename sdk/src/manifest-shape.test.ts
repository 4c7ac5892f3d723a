import { expect, test } from 'vitest';
import { PARAMETERS_MAX, PERMISSION_ENTRIES_MAX, RUN_LIMITS, TOOLS_MAX } from './limits.ts';
import { ManifestShape } from './manifest-shape.ts';

const HEAD = { name: 'a', version: '1.0.0', description: 'd' };
const isShape = (more: object) => ManifestShape.safeParse({ ...HEAD, ...more }).success;
const many = <T>(length: number, item: (index: number) => T) => Array.from({ length }, (_, index) => item(index));
const tool = (parameters: number) => ({
  name: 't',
  description: 'd',
  parameters: many(parameters, (index) => ({ name: `p${index}`, type: 'string', description: 'd' })),
  returns: { type: 'string', description: 'd' },
  handler: 'h',
});

test.each(Object.entries(RUN_LIMITS))(
  'a manifest lowers the limit %s freely and never raises it',
  (name, { min, max }) => {
    expect(isShape({ limits: { [name]: min } })).toBe(true);
    expect(isShape({ limits: { [name]: max } })).toBe(true);
    expect(isShape({ limits: { [name]: max + 1 } })).toBe(false);
    expect(isShape({ limits: { [name]: 0 } })).toBe(false);
    expect(isShape({ limits: { [name]: -1 } })).toBe(false);
    expect(isShape({ limits: { [name]: Number.POSITIVE_INFINITY } })).toBe(false);
  },
);

test('CPUs may be a part of one, everything else is whole', () => {
  expect(isShape({ limits: { cpus: 0.5 } })).toBe(true);
  expect(isShape({ limits: { processes: 1.5 } })).toBe(false);
});

test('every list is bounded: the bound is allowed, one more is not', () => {
  expect(isShape({ tools: many(TOOLS_MAX, () => tool(0)) })).toBe(true);
  expect(isShape({ tools: many(TOOLS_MAX + 1, () => tool(0)) })).toBe(false);
  expect(isShape({ tools: [tool(PARAMETERS_MAX)] })).toBe(true);
  expect(isShape({ tools: [tool(PARAMETERS_MAX + 1)] })).toBe(false);
  const files = (length: number) => ({ permissions: { files: { read: many(length, (index) => `f${index}`) } } });
  expect(isShape(files(PERMISSION_ENTRIES_MAX))).toBe(true);
  expect(isShape(files(PERMISSION_ENTRIES_MAX + 1))).toBe(false);
  const names = (length: number) => ({
    permissions: { environment: { optional: many(length, (index) => `A${index}`) } },
  });
  expect(isShape(names(PERMISSION_ENTRIES_MAX))).toBe(true);
  expect(isShape(names(PERMISSION_ENTRIES_MAX + 1))).toBe(false);
});
