import { expect, test } from 'vitest';
import { requireGoodPassword } from './password.ts';

test.each(['Abcdefgh1!xy', 'a'.repeat(20), 'Aa1!'.repeat(64)])('%s is good', (password) => {
  expect(() => requireGoodPassword(password)).not.toThrow();
});

test.each(['', 'Abcdefg1!xy', 'abcdefgh1!xy', 'Abcdefghi!xy', 'Abcdefgh12xy', 'a'.repeat(19), 'a'.repeat(257)])(
  '%s is refused, with what is wanted',
  (password) => {
    expect(() => requireGoodPassword(password)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', detail: expect.stringContaining('at least 12') }),
    );
  },
);
