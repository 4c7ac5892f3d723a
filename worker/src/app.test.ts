import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import contract from '../../docs/api-contract.md?raw';
import { isTooOld } from './app.ts';

const document = async () => {
  const answer = await exports.default.fetch('http://localhost:8788/api/openapi.json');
  return await answer.json<{
    openapi: string;
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  }>();
};

describe('the OpenAPI document', () => {
  test('lists exactly the routes of docs/api-contract.md (A3)', async () => {
    const { paths } = await document();
    const routes = Object.entries(paths)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `| ${method.toUpperCase()} | \`${path}\` |`));
    const listed = contract.split('\n').filter((line) => /^\| [A-Z]+ \| `\//.test(line));
    expect(listed).toEqual(routes);
  });

  test('says of every route how it fails', async () => {
    const { paths } = await document();
    const silent = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        'default' in responses ? [] : [`${method} ${path}`],
      ),
    );
    expect(silent).toEqual([]);
  });
});

test.each([
  ['1.0', '1.0', false],
  ['1.2', '1.3', false],
  ['1.1', '1.3', true],
  ['0.9', '1.0', true],
  ['2.0', '1.3', true],
  ['1.9', '1.3', false],
  ['one', '1.0', true],
  ['1', '1.0', true],
])('a peer of wire %s at a registry of %s is too old: %s', (sent, ours, expected) => {
  expect(isTooOld(sent, ours)).toBe(expected);
});
