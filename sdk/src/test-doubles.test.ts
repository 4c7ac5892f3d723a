import { describe, expect, it } from 'vitest';
import { NO_PERMISSIONS } from './permissions.ts';
import { testTool } from './testing.ts';
import type { ToolHandler } from './types.ts';

const permissions = {
  ...NO_PERMISSIONS,
  network: [{ host: 'api.example.com', ports: [443], protocol: 'tls' as const }],
};
const asking =
  (url: string): ToolHandler<Record<string, never>> =>
  async (_, context) =>
    (await context.fetch(url)).text();

describe('files in memory', () => {
  const options = { permissions: { ...NO_PERMISSIONS, files: { read: ['a/**', '/abs/**'], write: ['a/**'] } } };
  const files = { 'a/1.txt': '1', './a/b/2.txt': '2', '/abs/3.txt': '3', 'ab.txt': '' };
  const run = (work: ToolHandler) => testTool(work, {}, { ...options, files });

  it('lists children once, folders with a slash behind', async () => {
    expect((await run(async (_, context) => context.files.list('a'))).output).toEqual(['1.txt', 'b/']);
    expect((await run(async (_, context) => context.files.list('/abs'))).output).toEqual(['3.txt']);
  });

  it('removes what is there and says what is not', async () => {
    const removed = await run(async (_, context) => context.files.remove('a/b/2.txt'));
    expect(Object.keys(removed.files)).toEqual(['/abs/3.txt', 'a/1.txt', 'ab.txt']);
    for (const work of ['read', 'remove', 'list'] as const) {
      const { error } = await run(async (_, context) => context.files[work]('a/none'));
      expect(error).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('answers from fixtures', () => {
  const options = { permissions };
  const url = 'https://api.example.com/';

  it('uses several answers one after the other, and the last again and again', async () => {
    const thrice: ToolHandler = async (_, { fetch }) => {
      const statuses: number[] = [];
      for (let n = 0; n < 3; n++) statuses.push((await fetch(url)).status);
      return statuses;
    };
    const http = [{ url, status: 503 }, { url }];
    expect((await testTool(thrice, {}, { ...options, http })).output).toEqual([503, 200, 200]);
  });

  it('sends text as text and the rest as JSON, unless told otherwise', async () => {
    const type: ToolHandler = async (_, { fetch }) => (await fetch(url)).headers.get('content-type');
    const answer = async (fixture: object) =>
      (await testTool(type, {}, { ...options, http: [{ url, ...fixture }] })).output;
    expect(await answer({ body: { a: 1 } })).toBe('application/json');
    expect(await answer({ body: 'a' })).toBe('text/plain;charset=UTF-8');
    expect(await answer({ body: 'a,b', headers: { 'content-type': 'text/csv' } })).toBe('text/csv');
    expect(await answer({ status: 204 })).toBe(null);
  });

  it('tells methods and URLs apart', async () => {
    const http = [
      { method: 'POST', url },
      { url: 'HTTPS://API.example.com:443', body: 'the same host' },
    ];
    expect((await testTool(asking(url), {}, { ...options, http })).output).toBe('the same host');
    const other = await testTool(asking(`${url}?a=1`), {}, { ...options, http });
    expect(other.unanswered).toEqual([`GET ${url}?a=1`]);
  });

  it('checks permissions on every redirect that a fixture makes', async () => {
    const http = [{ url, status: 302, headers: { location: 'https://evil.test/' } }, { url: 'https://evil.test/' }];
    const run = await testTool(asking(url), {}, { ...options, http });
    expect(run.error).toMatchObject({ code: 'PERMISSION_DENIED', meta: { value: 'evil.test:443' } });
  });
});
