import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Reply, sendJson, sendProblem, serve } from '../testing/loopback.ts';
import { AegisError } from './errors.ts';
import { type Call, createTransport, path, type Retry, type TransportOptions } from './transport.ts';

const Pong = z.object({ pong: z.int() });
const PING: Call = { method: 'GET', path: '/api/ping' };

/** A transport against a real server; waiting is recorded instead of done. */
async function world(reply: Reply, options: Partial<TransportOptions> = {}) {
  const { url, received } = await serve(reply);
  const waits: number[] = [];
  const retries: Retry[] = [];
  const transport = createTransport({
    url,
    fetch: globalThis.fetch,
    token: () => 'aeg_secret',
    headers: {},
    timeoutMs: 5000,
    onRetry: (retry) => retries.push(retry),
    wait: async (delayMs) => void waits.push(delayMs),
    random: () => 1,
    now: Date.now,
    ...options,
  });
  return { url, received, waits, retries, transport };
}

async function failure(promise: Promise<unknown>): Promise<AegisError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AegisError) return error;
  throw new Error(`wanted an AegisError, found ${error}`);
}

describe('a request', () => {
  it('carries the credential and the version of the wire', async () => {
    const { transport, received } = await world((_request, response) => sendJson(response, { pong: 1 }));
    expect(await transport.json({ ...PING, query: { a: 'x y', b: undefined, c: false, d: true } }, Pong)).toEqual({
      pong: 1,
    });
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer aeg_secret', 'aegis-wire': '1.0' });
    expect(received[0]?.url).toBe('/api/ping?a=x+y&d=true');
  });

  it('encodes what stands in a path', () => {
    expect(path`/api/skills/${'../admin?x'}/file/${'a b'}`).toBe('/api/skills/..%2Fadmin%3Fx/file/a%20b');
  });

  it('is never sent with a token that would show up in an error', async () => {
    const { transport, received } = await world((_request, response) => sendJson(response, {}), {
      token: () => 'aeg_\nsecret',
    });
    const error = await failure(transport.json(PING, Pong));
    expect(error.code).toBe('UNAUTHENTICATED');
    expect(`${error.message}${error.cause}`).not.toContain('secret');
    expect(received).toHaveLength(0);
  });

  it('goes nowhere when the address is none', () => {
    for (const url of ['registry', 'ftp://registry.example', '']) {
      expect(() => createTransport({ url } as TransportOptions)).toThrow(/no address of a registry/);
    }
  });
});

describe('a client of wire 1.2', () => {
  const ask = async (theirs: string, reply: (response: Parameters<Reply>[1]) => void) => {
    const { transport, received } = await world(
      (_request, response) => {
        response.setHeader('aegis-wire', theirs);
        reply(response);
      },
      { wire: '1.2' },
    );
    const answer = await transport.json(PING, Pong).catch((error: AegisError) => [error.code, error.detail]);
    return { answer, sent: received[0]?.headers['aegis-wire'] };
  };
  const pong = (response: Parameters<Reply>[1]) => sendJson(response, { pong: 1 });

  it.each(['1.2', '1.1', '1.7', '2.0', 'nonsense'])('works with a registry of %s that answers it', async (theirs) => {
    expect(await ask(theirs, pong)).toEqual({ answer: { pong: 1 }, sent: '1.2' });
  });

  it.each(['1.0', '0.9'])('leaves a registry of %s, and says who upgrades', async (theirs) => {
    expect((await ask(theirs, pong)).answer).toEqual([
      'REGISTRY_OUTDATED',
      `The registry speaks wire version ${theirs}, this client 1.2. Ask who runs the registry to upgrade it, or use the client that came with it.`,
    ]);
  });

  it('says of a registry one minor behind that it may not know yet what it refuses, and of an equal one does not', async () => {
    const missing = (response: Parameters<Reply>[1]) => sendProblem(response, 404, 'NOT_FOUND', { detail: 'Nothing.' });
    const odd = (response: Parameters<Reply>[1]) => sendJson(response, { ping: 1 });
    const hint = 'The registry speaks wire version 1.1, this client 1.2: perhaps it does not know this yet.';
    expect((await ask('1.1', missing)).answer).toEqual(['NOT_FOUND', expect.stringMatching(`^Nothing. ${hint}`)]);
    expect((await ask('1.1', odd)).answer).toEqual(['NOT_A_REGISTRY', expect.stringContaining(hint)]);
    expect((await ask('1.2', missing)).answer).toEqual(['NOT_FOUND', 'Nothing.']);
  });
});

describe('retry', () => {
  it('repeats a read after 503, with growing waits, and tells', async () => {
    let left = 2;
    const { transport, received, waits, retries } = await world((_request, response) =>
      left-- > 0 ? sendProblem(response, 503, 'UNAVAILABLE') : sendJson(response, { pong: 3 }),
    );
    expect(await transport.json(PING, Pong)).toEqual({ pong: 3 });
    expect(received).toHaveLength(3);
    expect(waits).toEqual([300, 600]);
    expect(retries.map(({ tried, error }) => [tried, error.code])).toEqual([
      [1, 'UNAVAILABLE'],
      [2, 'UNAVAILABLE'],
    ]);
  });

  it('gives up after four tries', async () => {
    const { transport, received } = await world((_request, response) => sendProblem(response, 503, 'UNAVAILABLE'));
    expect((await failure(transport.json(PING, Pong))).code).toBe('UNAVAILABLE');
    expect(received).toHaveLength(4);
  });

  it('waits as long as Retry-After says, up to 30 s', async () => {
    let left = 1;
    const polite = await world((_request, response) =>
      left-- > 0
        ? sendProblem(response, 429, 'RATE_LIMITED', {}, { 'retry-after': '30' })
        : sendJson(response, { pong: 1 }),
    );
    await polite.transport.json(PING, Pong);
    expect(polite.waits).toEqual([30_000]);
    const long = await world((_request, response) =>
      sendProblem(response, 429, 'RATE_LIMITED', {}, { 'retry-after': '31' }),
    );
    const error = await failure(long.transport.json(PING, Pong));
    expect(error.code).toBe('RATE_LIMITED');
    expect(error.meta).toMatchObject({ retryAfterSeconds: 31 });
    expect(long.received).toHaveLength(1);
  });

  it('halves the wait at most by chance', async () => {
    const { transport, waits } = await world((_request, response) => sendProblem(response, 503, 'UNAVAILABLE'), {
      random: () => 0,
    });
    await failure(transport.json(PING, Pong));
    expect(waits).toEqual([150, 300, 600]);
  });

  it('never repeats what is not idempotent', async () => {
    const { transport, received } = await world((_request, response) => sendProblem(response, 503, 'UNAVAILABLE'));
    await failure(transport.json({ method: 'POST', path: '/api/ping', json: {} }, Pong));
    await failure(transport.json({ method: 'PUT', path: '/api/ping', json: {} }, Pong));
    await failure(transport.json({ ...PING, idempotent: false }, Pong));
    expect(received).toHaveLength(3);
  });

  it.each([
    [500, 'INTERNAL'],
    [404, 'NOT_FOUND'],
    [409, 'STATE_CONFLICT'],
    [401, 'UNAUTHENTICATED'],
  ])('never repeats after %i', async (status, code) => {
    const { transport, received } = await world((_request, response) => sendProblem(response, status, code));
    expect((await failure(transport.json(PING, Pong))).code).toBe(code);
    expect(received).toHaveLength(1);
  });

  it('repeats a read whose answer was cut off', async () => {
    let left = 1;
    const { transport, received } = await world((_request, response) => {
      if (left-- === 0) return sendJson(response, { pong: 1 });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"po');
      response.socket?.destroy();
    });
    expect(await transport.json(PING, Pong)).toEqual({ pong: 1 });
    expect(received).toHaveLength(2);
  });
});

describe('an error', () => {
  it('comes back as it was thrown on the other side', async () => {
    const errors = [{ pointer: '/name', detail: 'is too long', line: 3 }];
    const { transport } = await world((_request, response) =>
      sendProblem(response, 422, 'MANIFEST_INVALID', {
        detail: 'one field',
        errors,
        requestId: 'req-1',
        meta: { a: 1 },
      }),
    );
    const error = await failure(transport.json(PING, Pong));
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID', detail: 'one field', errors, requestId: 'req-1' });
    expect(error.meta).toMatchObject({ a: 1, status: 422 });
  });

  it('says that nothing listens, and where', async () => {
    // Another server takes the port and gives it back, so that nothing listens there.
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    closed.close();
    await once(closed, 'close');
    const { transport, waits } = await world(() => {}, { url });
    const error = await failure(transport.json(PING, Pong));
    expect(error.code).toBe('NETWORK');
    expect(error.detail).toBe(
      `Cannot reach ${url}/api/ping (ECONNREFUSED): nothing listens there. Is the registry running, and is the address right?`,
    );
    expect(waits).toHaveLength(3);
  });

  it('says that the time was over, and does not try again', async () => {
    const { transport, received } = await world(() => {}, { timeoutMs: 50 });
    const error = await failure(transport.json(PING, Pong));
    expect(error.code).toBe('TIMEOUT');
    expect(error.detail).toContain('within 0.05 s');
    expect(received).toHaveLength(1);
  });

  it('of the caller who called it off is handed on as it is', async () => {
    const stop = new AbortController();
    const { transport } = await world(() => stop.abort(new Error('enough')));
    await expect(transport.json({ ...PING, signal: stop.signal }, Pong)).rejects.toThrow('enough');
  });
});
