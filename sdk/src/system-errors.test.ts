import { expect, it } from 'vitest';
import { systemRefusal } from './system-errors.ts';

const refused = (more: object) => Object.assign(new Error('refused'), more);

it('a refusal of the system is told with its file, or without where the system names none', () => {
  expect(systemRefusal(refused({ code: 'EROFS', syscall: 'open', path: '/a' }))).toEqual({
    code: 'EROFS',
    detail: '/a lies on a file system that is read-only. Choose another folder.',
  });
  expect(systemRefusal(refused({ code: 'ENOSPC', syscall: 'write' }))?.detail).toMatch(/^The disk is full, so a file /);
  const folder = refused({ code: 'ENOENT', syscall: 'mkdir', path: '/a/b' });
  expect(systemRefusal(folder)?.detail).toMatch(
    /^\/a\/b could not be made: the folder above it is missing or read-only/,
  );
});

it.each([
  [new Error('plain')],
  [refused({ code: 'ENOSPC' })],
  [refused({ code: 'EXOTIC', syscall: 'open' })],
  [refused({ code: 'toString', syscall: 'open' })],
  ['ENOSPC'],
])('anything else is none: %j', (error) => {
  expect(systemRefusal(error)).toBeNull();
});
