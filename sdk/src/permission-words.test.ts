import { expect, test } from 'vitest';
import {
  fileMeaning,
  hostWords,
  networkMeaning,
  type Opening,
  pathWords,
  shellMeaning,
  spellOpening,
  spellVariable,
  variableMeaning,
} from './permission-words.ts';

const opening = (host: string, rest: Partial<Opening> = {}): Opening => ({
  host,
  port: 443,
  protocol: 'tls',
  methods: null,
  ...rest,
});

test.each([
  [opening('a.example'), 'a.example:443'],
  [opening('a.example', { port: 80, protocol: 'http' }), 'a.example:80 http'],
  [opening('a.example', { methods: ['GET', 'PUT'] }), 'a.example:443 GET,PUT'],
])('%j is spelled %s', (item, expected) => {
  expect(spellOpening(item)).toBe(expected);
});

test('an optional variable says so', () => {
  expect(spellVariable({ name: 'A', required: false })).toBe('A (optional)');
  expect(spellVariable({ name: 'A', required: true })).toBe('A');
});

test('wildcards and folders are put in words', () => {
  expect([hostWords('a.example'), hostWords('*.a.example'), hostWords('**.a.example')]).toEqual([
    'a.example',
    'every name one label below a.example',
    'every name below a.example',
  ]);
  expect([pathWords('a'), pathWords('a/**'), pathWords('**')]).toEqual([
    'a',
    'everything below a',
    'everything in the working directory',
  ]);
});

const a = opening('a.example');
const all = opening('*.example.com');
const one = opening('x.example.com');
test.each([
  [{ change: 'wider' as const, before: null, after: a }, 'The agent can reach a.example on port 443 over TLS.'],
  [
    { change: 'narrower' as const, before: a, after: null },
    'The agent can no longer reach a.example on port 443 over TLS.',
  ],
  [{ change: 'same' as const, before: a, after: a }, 'As before.'],
  [
    { change: 'wider' as const, before: one, after: all },
    'The agent can reach every name one label below example.com on port 443 over TLS, before only x.example.com.',
  ],
  [
    { change: 'narrower' as const, before: all, after: one },
    'The agent can reach only x.example.com on port 443 over TLS, before every name one label below example.com.',
  ],
  [
    { change: 'narrower' as const, before: a, after: { ...a, methods: ['GET'] } },
    'The methods for a.example on port 443 over TLS are GET, before every method.',
  ],
])('network: %j', (line, expected) => {
  expect(networkMeaning(line)).toBe(expected);
});

test.each([
  [{ change: 'wider' as const, before: null, after: 'd/**' }, 'The skill can read everything below d.'],
  [{ change: 'narrower' as const, before: 'd', after: null }, 'The skill can no longer read d.'],
  [{ change: 'same' as const, before: 'd', after: 'd' }, 'As before.'],
  [
    { change: 'wider' as const, before: 'd/x', after: 'd/**' },
    'The skill can read everything below d, before only d/x.',
  ],
  [
    { change: 'narrower' as const, before: 'd/**', after: 'd/x' },
    'The skill can read only d/x, before everything below d.',
  ],
])('files: %j', (line, expected) => {
  expect(fileMeaning(line, 'read')).toBe(expected);
});

test('writing is also deleting', () => {
  expect(fileMeaning({ change: 'wider', before: null, after: 'd' }, 'write')).toBe(
    'The skill can change and delete d.',
  );
});

const required = { name: 'A', required: true };
const optional = { name: 'A', required: false };
test.each([
  [{ change: 'wider' as const, before: null, after: required }, 'The skill is given the value of A.'],
  [{ change: 'narrower' as const, before: required, after: null }, 'The skill is no longer given A.'],
  [{ change: 'same' as const, before: required, after: required }, 'As before.'],
  [{ change: 'same' as const, before: optional, after: required }, 'A becomes required.'],
  [{ change: 'same' as const, before: required, after: optional }, 'A becomes optional.'],
])('environment: %j', (line, expected) => {
  expect(variableMeaning(line)).toBe(expected);
});

test.each([
  [{ change: 'wider' as const, before: null, after: 'shell' }, 'The skill can start any program in its sandbox.'],
  [{ change: 'narrower' as const, before: 'shell', after: null }, 'The skill can no longer start programs.'],
  [{ change: 'same' as const, before: 'shell', after: 'shell' }, 'As before.'],
])('shell: %j', (line, expected) => {
  expect(shellMeaning(line)).toBe(expected);
});
