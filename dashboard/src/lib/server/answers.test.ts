import { AegisError } from '@aegis/skill-sdk/errors';
import { isActionFailure, isHttpError, isRedirect } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import { change, read, text, texts } from './answers.ts';

const AT = new URL('https://registry.example/t/ten-1/skills/private?q=crm');
const thrown = (task: () => Promise<unknown>) => task().catch((cause: unknown) => cause);

test('a dead session leads to the sign-in page and back', async () => {
  const cause = await thrown(() => read(AT, () => Promise.reject(new AegisError('UNAUTHENTICATED'))));
  expect(isRedirect(cause) && cause.location).toBe('/sign-in?next=%2Ft%2Ften-1%2Fskills%2Fprivate%3Fq%3Dcrm');
});

test('a refusal is the page’s error, with its code and request', async () => {
  const refusal = new AegisError('NOT_FOUND', { detail: 'No such version.', requestId: 'req-1' });
  const cause = await thrown(() => read(AT, () => Promise.reject(refusal)));
  expect(isHttpError(cause) && [cause.status, cause.body]).toEqual([
    404,
    { message: 'No such version.', code: 'NOT_FOUND', requestId: 'req-1' },
  ]);
});

test('a registry that does not answer is unavailable', async () => {
  const cause = await thrown(() => read(AT, () => Promise.reject(new AegisError('NETWORK'))));
  expect(isHttpError(cause, 503)).toBe(true);
});

test('what was not foreseen is passed on, not hidden', async () => {
  const odd = new TypeError('odd');
  expect(await thrown(() => read(AT, () => Promise.reject(odd)))).toBe(odd);
  expect(await thrown(() => change(() => Promise.reject(odd)))).toBe(odd);
});

test('a refused change keeps the form open with the problem', async () => {
  const answer: unknown = await change(() => Promise.reject(new AegisError('VALIDATION_FAILED', { detail: 'No.' })));
  expect(isActionFailure(answer)).toBe(true);
  expect(answer).toMatchObject({ status: 422, data: { problem: { code: 'VALIDATION_FAILED', detail: 'No.' } } });
  expect(await change(() => Promise.resolve(7))).toBe(7);
});

test('fields are text, trimmed; files and missing fields are empty', () => {
  const form = new FormData();
  form.set('name', '  Ada ');
  form.set('file', new Blob(['x']));
  form.append('scope', 'a');
  form.append('scope', '');
  expect([text(form, 'name'), text(form, 'file'), text(form, 'nothing')]).toEqual(['Ada', '', '']);
  expect(texts(form, 'scope')).toEqual(['a']);
});
