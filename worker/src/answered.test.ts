import { afterEach, expect, test } from 'vitest';
import { answerAgain, forgetAnswers, keepAnswer } from './answered.ts';

const URL = 'https://registry.example/api/skills/private/resolve?name=rates';
const asked = (headers: Record<string, string> = { authorization: 'Bearer a' }, url = URL) =>
  new Request(url, { headers });
const keep = (request: Request, { body = '{}', limit = 1000, atMs = 0 } = {}) =>
  keepAnswer(request, { body, principal: `key-${body}-${limit}`, limit }, new Headers({ etag: '"1"' }), atMs);

afterEach(forgetAnswers);

test('an answer is given again for a quarter of a second, to the same question of the same caller', async () => {
  keep(asked(), { body: '{"a":1}' });
  const again = answerAgain(asked(), 249);
  expect([again?.status, again?.headers.get('etag'), await again?.text()]).toEqual([200, '"1"', '{"a":1}']);
  const others = [
    asked({ authorization: 'Bearer b' }),
    asked({}),
    asked({ authorization: 'Bearer a', 'aegis-wire': '1.0' }),
    asked({ authorization: 'Bearer a', 'if-none-match': '"1"' }),
    asked(undefined, `${URL}&version=1.0.0`),
    new Request(URL, { method: 'DELETE', headers: { authorization: 'Bearer a' } }),
  ];
  expect(others.map((request) => answerAgain(request, 1))).toEqual(others.map(() => null));
  expect(answerAgain(asked(), 250)).toBeNull();
});

test('what must be refused for its rate is left to the refusal', () => {
  keep(asked(), { limit: 2 });
  expect(
    [answerAgain(asked(), 1), answerAgain(asked(), 1), answerAgain(asked(), 1)].map((answer) => answer?.status),
  ).toEqual([200, 200, undefined]);
});

test('what was asked without a credential, or only for a change, is never kept', () => {
  keep(asked({}));
  keep(asked({ authorization: 'Bearer a', 'if-none-match': '"0"' }));
  expect(answerAgain(asked(), 1)).toBeNull();
});

test('the memory of it has a bound', () => {
  const body = 'x'.repeat(1024 * 1024);
  for (let index = 0; index < 9; index++) keep(asked(undefined, `${URL}${index}`), { body });
  expect(answerAgain(asked(undefined, `${URL}0`), 1)).toBeNull();
  expect(answerAgain(asked(undefined, `${URL}8`), 1)?.status).toBe(200);
});
