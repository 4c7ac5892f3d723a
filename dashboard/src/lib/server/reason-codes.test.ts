import { expect, test } from 'vitest';
import { reasonCodes } from './reason-codes.ts';

test('only known reason codes are sent on', () => {
  expect(reasonCodes(['other', 'made_up', 'unsafe_code'])).toEqual(['unsafe_code', 'other']);
});
