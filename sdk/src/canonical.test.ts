import { expect, test } from 'vitest';
import { canonicalBytes, canonicalJson } from './canonical.ts';

test('keys are sorted and numbers are spelled as RFC 8785 says', () => {
  expect(canonicalJson({ b: 1e21, a: [true, null, 'ü'], c: 0.000001 })).toBe(
    '{"a":[true,null,"ü"],"b":1e+21,"c":0.000001}',
  );
});

test('the order in which keys were written changes nothing', () => {
  expect(canonicalBytes({ x: 1, y: { b: 2, a: 3 } })).toEqual(canonicalBytes({ y: { a: 3, b: 2 }, x: 1 }));
});

test('what is no JSON value is refused', () => {
  expect(() => canonicalJson(undefined)).toThrow(TypeError);
});
