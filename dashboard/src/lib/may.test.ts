import { expect, test } from 'vitest';
import { may } from './may.ts';

test('only what the registry allows is allowed, and a no has its reason', () => {
  const can = {
    a: { allowed: true, reason: 'ignored' },
    b: { allowed: false, reason: 'Because.' },
    c: { allowed: false },
  };
  expect(may(can, 'a')).toEqual({ allowed: true, reason: null });
  expect(may(can, 'b')).toEqual({ allowed: false, reason: 'Because.' });
  expect(may(can, 'c').reason).not.toBeNull();
});

test('what the registry does not mention is not offered', () => {
  expect(may({}, 'toString').allowed).toBe(false);
  expect(may({}, 'revoke').allowed).toBe(false);
});
