import { expect, test } from 'vitest';
import { recordOf, textsOf } from './domain-proof.ts';

test('the record stands below the domain, so that it is nobody else’s', () => {
  expect(recordOf('acme.example', 'abc')).toEqual({ name: '_aegis.acme.example', value: 'aegis-domain=abc' });
});

test('texts are read as name servers write them: quoted, in parts, beside other records', () => {
  const answer = {
    Status: 0,
    Answer: [
      { type: 5, data: 'elsewhere.example.' },
      { type: 16, data: '"aegis-domain=abc"' },
      { type: 16, data: '"two " "parts"' },
      { type: 16, data: 'plain' },
    ],
  };
  expect(textsOf(answer)).toEqual(['aegis-domain=abc', 'two parts', 'plain']);
});

test('a name that is not there has no texts; a failure and rubbish are no answer', () => {
  expect(textsOf({ Status: 3 })).toEqual([]);
  expect(textsOf({ Status: 0 })).toEqual([]);
  for (const answer of [null, {}, { Status: 2 }, { Status: 0, Answer: 'x' }]) expect(textsOf(answer)).toBeNull();
});
