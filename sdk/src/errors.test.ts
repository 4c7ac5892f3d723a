import { expect, test } from 'vitest';
import { AegisError, errorCodes, fromProblem, isErrorCode, toProblem } from './errors.ts';

test('an error carries its code, status, title and safe detail', () => {
  const cause = new Error('secret');
  const error = new AegisError('VERSION_EXISTS', { detail: 'crm-export 1.2.0 exists', cause });
  expect(error).toMatchObject({
    name: 'AegisError',
    code: 'VERSION_EXISTS',
    status: 409,
    title: 'This version number was already used with other bytes',
    message: 'crm-export 1.2.0 exists',
    errors: [],
    cause,
  });
});

test('without a detail the message is the title, and there is no cause', () => {
  const error = new AegisError('NOT_FOUND');
  expect(error.message).toBe(error.title);
  expect('cause' in error).toBe(false);
});

test('a problem has what the caller may know and never the cause', () => {
  const errors = [{ pointer: '/name', detail: 'wrong' }];
  const error = new AegisError('MANIFEST_INVALID', { detail: 'd', errors, meta: { a: 1 }, cause: new Error('secret') });
  const problem = toProblem(error, 'req-1');
  expect(problem).toEqual({
    type: '/docs/errors/manifest-invalid',
    title: 'The manifest is not valid',
    status: 422,
    detail: 'd',
    code: 'MANIFEST_INVALID',
    requestId: 'req-1',
    errors,
    meta: { a: 1 },
  });
  expect(JSON.stringify(problem)).not.toContain('secret');
});

test('a problem leaves out what is not there', () => {
  expect(Object.keys(toProblem(new AegisError('FORBIDDEN')))).toEqual(['type', 'title', 'status', 'code']);
});

test('an error survives the way over the wire', () => {
  const options = { detail: 'd', errors: [{ pointer: '', detail: 'x' }], meta: { a: 1 } };
  const back = fromProblem(toProblem(new AegisError('ARCHIVE_INVALID', options), 'req-1'));
  expect(back).toMatchObject({ code: 'ARCHIVE_INVALID', requestId: 'req-1', ...options });
  expect(fromProblem(toProblem(new AegisError('NOT_FOUND')))).toMatchObject({
    code: 'NOT_FOUND',
    detail: 'Nothing here that you may see',
    requestId: undefined,
    errors: [],
  });
});

test('a code of a newer registry becomes INTERNAL and keeps its words', () => {
  const problem = { type: '/x', title: 'New', status: 418, detail: 'brewing', code: 'TEAPOT' };
  expect(fromProblem(problem)).toMatchObject({ code: 'INTERNAL', detail: 'brewing' });
});

test('what every object inherits is no error code', () => {
  expect(isErrorCode('toString')).toBe(false);
  expect(isErrorCode('INTERNAL')).toBe(true);
});

test('every code is an upper-case word with a title of its own and an HTTP status or none', () => {
  const codes = errorCodes();
  for (const { code, status } of codes) {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(status === 0 || (status >= 400 && status < 600)).toBe(true);
  }
  expect(new Set(codes.map(({ title }) => title)).size).toBe(codes.length);
});
