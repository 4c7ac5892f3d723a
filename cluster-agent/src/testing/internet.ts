import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An "internet" of one server on loopback that every name leads to. */
export async function startInternet(
  answer: (host: string, path: string) => { status?: number; headers?: Record<string, string>; body?: string },
) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const {
      status = 200,
      headers = {},
      body = '',
    } = answer(request.headers['x-host']?.toString() ?? '', request.url ?? '');
    requests.push(`${request.method} ${request.headers['x-host']}${request.url}`);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  /** A fetch that goes to loopback whatever the name; nothing is looked up. */
  const fetchThere: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { host, pathname, search } = new URL(request.url);
    const response = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), 'x-host': host },
      redirect: 'manual',
      ...(init?.body ? { body: init.body } : {}),
      signal: request.signal,
    });
    const location = response.headers.get('location');
    if (location === null || request.redirect === 'manual') return response;
    const followed = await fetchThere(new URL(location, request.url));
    Object.defineProperties(followed, {
      redirected: { value: true },
      url: { value: String(new URL(location, request.url)) },
    });
    return followed;
  };
  return { requests, fetch: fetchThere };
}
