import { errorCodes } from '@aegis/skill-sdk/errors';
import { expect, test } from 'vitest';
import { nextStepFor } from './error-advice.ts';

test('every error code has a next step', () => {
  for (const { status } of errorCodes()) expect(nextStepFor(status)).toMatch(/\.$/);
});

test('what may be tried again is told from what may not', () => {
  expect(nextStepFor(503)).toContain('Try again');
  expect(nextStepFor(422)).toContain('does not help');
});
