import { expect, test } from 'vitest';
import { ownPath } from './own-path.ts';

test.each([
  ['/admin/reviews?q=1', '/admin/reviews?q=1'],
  ['/', '/'],
])('%s stays', (path, expected) => expect(ownPath(path)).toBe(expected));

test.each([
  null,
  '',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
])('%s leads nowhere else', (path) => {
  const own = ownPath(path);
  expect(own === null || new URL(own, 'https://own.test').origin === 'https://own.test').toBe(true);
  expect(own ?? '').not.toContain('evil');
});
