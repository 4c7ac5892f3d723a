import { expect, test } from 'vitest';
import { z } from 'zod';
import { findRoutes, readApiReference } from './api-reference.ts';

const text = { type: 'string' };
const json = (schema: unknown) => ({ 'application/json': { schema } });
const answers = { 200: { description: 'It was there', content: json({ $ref: '#/components/schemas/Thing' }) } };
const document = {
  info: { version: '1.0' },
  paths: {
    '/api/things/{id}': {
      get: {
        security: [{ bearer: [] }],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: text },
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
          { $ref: '#/components/parameters/AegisWire' },
        ],
        responses: {
          ...answers,
          default: { description: 'A problem with a `code`' },
          426: { $ref: '#/components/responses/WireRefused' },
        },
      },
      put: {
        requestBody: {
          content: json({
            type: 'object',
            required: ['kind'],
            properties: {
              kind: { enum: ['a', 'b'] },
              names: { type: 'array', items: text, maxItems: 10 },
              parts: { type: ['array', 'null'], items: { type: 'object', properties: { size: { type: 'integer' } } } },
              owner: { $ref: '#/components/schemas/Thing' },
            },
          }),
        },
        responses: { ...answers, 201: { description: 'It was made' } },
      },
    },
    '/api/admin/things': { get: { responses: answers } },
    '/api/health': { get: { responses: answers } },
  },
  components: { schemas: { Thing: { type: 'object', properties: { id: { ...text, description: 'Its name' } } } } },
};
const { groups, shapes, version } = readApiReference(document);
const [read, write] = groups.find(({ name }) => name === 'Things')?.routes ?? [];

test('routes stand under the noun of their path; what has one route is the registry’s own', () => {
  expect(version).toBe('1.0');
  expect(groups.map(({ name }) => name)).toEqual(['Platform: things', 'The registry', 'Things']);
});

test('a route says what it needs, takes and answers, but for what all routes share', () => {
  expect(read).toMatchObject({ id: 'get-api-things-id', method: 'GET', does: 'It was there', open: false, body: null });
  expect(read?.parameters).toEqual([
    { name: 'id', place: 'path', required: true, type: 'string', shape: null, note: '' },
    { name: 'limit', place: 'query', required: false, type: 'integer, 1 to 200, default 50', shape: null, note: '' },
  ]);
  expect(read?.answers.map(({ status, means }) => [status, means])).toEqual([
    ['200', 'It was there'],
    ['else', 'A problem with a code'],
  ]);
  expect(write).toMatchObject({ open: true, does: 'It was made' });
});

test('fields inside objects are named by their way, and named shapes are linked', () => {
  expect(write?.body?.fields.map(({ name, type, required, shape }) => [name, type, required, shape])).toEqual([
    ['kind', 'one of a · b', true, null],
    ['names', 'list of string, at most 10', false, null],
    ['parts', 'list of object, or null', false, null],
    ['parts[].size', 'integer', false, null],
    ['owner', 'Thing', false, 'Thing'],
  ]);
  expect(shapes).toEqual([
    { name: 'Thing', fields: [{ name: 'id', required: false, type: 'string', shape: null, note: 'Its name' }] },
  ]);
});

test('a search finds routes by method, path and meaning, and leaves out empty groups', () => {
  const found = (typed: string) => findRoutes(groups, typed).flatMap(({ routes }) => routes.map(({ id }) => id));
  expect(found('put things')).toEqual(['put-api-things-id']);
  expect(found('MADE')).toEqual(['put-api-things-id']);
  expect(found('')).toHaveLength(4);
  expect(findRoutes(groups, 'nothing like it')).toEqual([]);
});

test('what is no document of ours is refused', () => {
  expect(() => readApiReference({ openapi: '3.1.0' })).toThrow(z.ZodError);
});
