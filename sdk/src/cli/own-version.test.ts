import { expect, it } from 'vitest';
import { ownVersion } from './own-version.ts';

it('the version of the program is that of its package', () => {
  expect(ownVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
