import type { Problem } from '@aegis/skill-sdk/errors';
import { AegisError } from '@aegis/skill-sdk/errors';
import { createRoute, z } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { answerError, body, json, notModified, problem, room, tagged } from './http.ts';

function app() {
  const Answer = z.object({ name: z.string() });
  const made = room().openapi(
    createRoute({
      method: 'post',
      path: '/things/{id}',
      request: {
        params: z.object({ id: z.string().regex(/^[a-z]+$/) }),
        body: body(z.object({ name: z.string(), size: z.int() })),
      },
      responses: { 200: json(Answer, 'ok'), default: problem },
    }),
    (c) => {
      const { name } = c.req.valid('json');
      if (name === 'known')
        throw new AegisError('STATE_CONFLICT', { detail: 'It is so.', cause: new Error('secret reason') });
      if (name === 'wait') throw new AegisError('RATE_LIMITED', { meta: { retryAfterSeconds: 7 } });
      if (name === 'bug') throw new TypeError('secret stack');
      return c.json({ name }, 200);
    },
  );
  made.get('/tagged', (c) => notModified(c, '"1"') ?? c.text('body'));
  made.onError(answerError);
  return made;
}

const send = (path: string, value: unknown) =>
  app().request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  });
const problemOf = async (answer: Response) => await answer.json<Problem>();

test('every bad field of a body is named with its pointer', async () => {
  const answer = await send('/things/a', { size: 'big' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
  expect((await problemOf(answer)).errors?.map((error) => error.pointer)).toEqual(['/name', '/size']);
});

test('a path id that does not parse is 404, and broken JSON 400', async () => {
  expect((await send('/things/A1', { name: 'x', size: 1 })).status).toBe(404);
  expect((await send('/things/a', '{')).status).toBe(400);
});

test('a known error tells its detail and keeps its cause', async () => {
  const answer = await send('/things/a', { name: 'known', size: 1 });
  const text = await answer.text();
  expect([answer.status, text.includes('It is so.'), text.includes('secret')]).toEqual([409, true, false]);
});

test('anything else is INTERNAL and tells nothing', async () => {
  const answer = await send('/things/a', { name: 'bug', size: 1 });
  const text = await answer.text();
  expect([answer.status, text.includes('INTERNAL'), text.includes('secret')]).toEqual([500, true, false]);
});

test('a limit says when to come back', async () => {
  expect((await send('/things/a', { name: 'wait', size: 1 })).headers.get('retry-after')).toBe('7');
});

test('a caller who has the tag gets 304, another the body', async () => {
  const get = (tag?: string) =>
    app().request('/tagged', { headers: tag === undefined ? {} : { 'if-none-match': tag } });
  expect([
    (await get('"1"')).status,
    (await get('W/"1", "2"')).status,
    (await get('*')).status,
    (await get('"2"')).status,
    (await get()).status,
  ]).toEqual([304, 304, 304, 200, 200]);
});

test('what has no tag of its own is tagged by its bytes; errors and changes are not', async () => {
  const made = room();
  made.use('*', tagged);
  made.get('/list', (c) => c.json({ skills: [] }));
  made.post('/list', (c) => c.json({ skills: [] }));
  made.get('/own', (c) => notModified(c, '"own"') ?? c.text('body'));
  made.get('/error', () => {
    throw new AegisError('NOT_FOUND');
  });
  made.onError(answerError);
  const send = (path: string, tag = '', method = 'GET') =>
    made.request(path, { method, headers: { 'if-none-match': tag } });
  const first = await send('/list');
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
  const again = await send('/list', `"other", ${etag}`);
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  expect((await send('/list', '"other"')).status).toBe(200);
  expect((await send('/list', etag, 'POST')).headers.get('etag')).toBeNull();
  expect((await send('/own')).headers.get('etag')).toBe('"own"');
  expect([(await send('/error', '*')).status, (await send('/error')).headers.get('etag')]).toEqual([404, null]);
});
