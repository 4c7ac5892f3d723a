import { exports } from 'cloudflare:workers';
import { WIRE_VERSION } from '@aegis/skill-sdk/wire/version';
import { describe, expect, test } from 'vitest';
import contract from '../../docs/api-contract.md?raw';

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

test('says of every route below /api that the wire has a version, and what one that does not fit is answered', async () => {
  const { paths } = await document();
  const operations = Object.entries(paths).filter(([path]) => path.startsWith('/api/') && path !== '/api/health');
  expect(operations.length).toBeGreaterThan(50);
  for (const [path, methods] of operations) {
    for (const operation of Object.values(methods)) {
      expect(operation, path).toMatchObject({
        responses: { 426: { $ref: '#/components/responses/WireRefused' } },
        parameters: expect.arrayContaining([{ $ref: '#/components/parameters/AegisWire' }]),
      });
    }
  }
});

test.each([
  [WIRE_VERSION, 200, undefined],
  [undefined, 200, undefined],
  ['0.9', 426, 'CLIENT_OUTDATED'],
  ['99.0', 426, 'REGISTRY_OUTDATED'],
  ['one', 400, 'INVALID_REQUEST'],
])('a peer of wire %s is answered %i %s, and hears our version', async (sent, status, code) => {
  const headers: Record<string, string> = sent === undefined ? {} : { 'aegis-wire': sent };
  const answer = await exports.default.fetch('http://localhost:8788/api/openapi.json', { headers });
  expect([answer.status, answer.headers.get('aegis-wire')]).toEqual([status, WIRE_VERSION]);
  expect(Date.parse(answer.headers.get('date') ?? '')).not.toBeNaN();
  expect((await answer.json<{ code?: string }>()).code).toBe(code);
});
