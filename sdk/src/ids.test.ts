import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IdKind, idPattern, newId, parseId, type RandomBytes } from './ids.ts';

const zeros: RandomBytes = (bytes) => bytes.fill(0);
const ones: RandomBytes = (bytes) => bytes.fill(255);

test('an id is its prefix and a ULID in lower case', () => {
  expect(newId('tenant', 0, zeros)).toBe(`ten-${'0'.repeat(26)}`);
  expect(newId('version', 2 ** 48 - 1, ones)).toBe(`skv-7zzzzzzzzz${'z'.repeat(16)}`);
});

test('ids sort by the time at which they were made', () => {
  const times = fc.integer({ min: 0, max: 2 ** 48 - 2 });
  fc.assert(
    fc.property(times, times, (first, second) => {
      const order = newId('audit', first, ones) < newId('audit', second, zeros);
      expect(order).toBe(first < second);
    }),
  );
});

test('every id parses as its own kind, is a Kubernetes label, and is no other kind', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (at, bytes) => {
        const id = newId('tenant', at, (target) => {
          target.set(bytes);
          return target;
        });
        expect(parseId('tenant', id)).toBe(id);
        expect(parseId('agent', id)).toBeNull();
        expect(id).toMatch(idPattern('tenant'));
        expect(`tenant-${id}-egress`).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      },
    ),
  );
});

test.each([
  '',
  'ten-',
  `ten-${'0'.repeat(25)}`,
  `ten-${'0'.repeat(27)}`,
  `ten-8${'0'.repeat(25)}`,
  `ten-${'0'.repeat(25)}u`,
  `TEN-${'0'.repeat(26)}`,
  `ten-${'0'.repeat(26)}\n`,
  `xyz-${'0'.repeat(26)}`,
])('%j is no id', (text) => {
  expect(parseId('tenant', text)).toBeNull();
  expect(text).not.toMatch(idPattern('tenant'));
});

test('no two kinds share a prefix', () => {
  const kinds: IdKind[] = [
    'tenant',
    'user',
    'session',
    'account',
    'verification',
    'member',
    'invitation',
    'apiKey',
    'version',
  ];
  kinds.push('report', 'decision', 'attempt', 'agent', 'base', 'install', 'cluster', 'joinToken', 'blocked', 'audit');
  kinds.push('request', 'boot');
  expect(new Set(kinds.map((kind) => newId(kind, 0, zeros))).size).toBe(kinds.length);
});
