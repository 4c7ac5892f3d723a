import { expect, it } from 'vitest';
import front from './front.ts';

/** Answers who was asked, and with which address. */
const behind = (name: string) => ({
  fetch: async (request: Request, init?: RequestInit) =>
    new Response(`${name} ${new Request(request, init).headers.get('cf-connecting-ip')}`),
});

async function ask(path: string, { pages = true, headers = {} } = {}): Promise<string> {
  const request = new Request(`http://localhost:8788${path}`, { headers });
  const answer = await front.fetch(request, {
    API: behind('registry'),
    ...(pages ? { PAGES: behind('pages') } : {}),
  });
  return await answer.text();
}

it.each([
  ['/api/health', 'registry'],
  ['/.well-known/aegis/keys.json', 'registry'],
  ['/', 'pages'],
  ['/apis', 'pages'],
  ['/skills/api/', 'pages'],
  ['/skills?from=/api/health', 'pages'],
])('%s goes to the %s', async (path, wanted) => {
  expect(await ask(path)).toBe(`${wanted} 127.0.0.1`);
});

it('without pages everything goes to the registry', async () => {
  expect(await ask('/skills', { pages: false })).toBe('registry 127.0.0.1');
});

it('the address that a client claims is replaced', async () => {
  expect(await ask('/api/health', { headers: { 'cf-connecting-ip': '203.0.113.7' } })).toBe('registry 127.0.0.1');
});
