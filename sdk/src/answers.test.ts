import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorOf, networkDetail, parseAnswer, readBytes, readJson } from './answers.ts';
import { AegisError } from './errors.ts';

const ASKED = { method: 'GET', path: '/api/me' };
const PAGE = '<!doctype html><html><head><title>Hotel Wi-Fi: sign in</title></head></html>';
const html = (body: string, status = 200) =>
  new Response(body, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });

describe('an answer that does not come from a registry', () => {
  it('is named by the title of the page that came instead (captive portal)', async () => {
    await expect(readJson(html(PAGE), ASKED)).rejects.toThrow(
      /GET \/api\/me answered 200 with an HTML page titled “Hotel Wi-Fi: sign in”/,
    );
    await expect(readBytes(html(PAGE), ASKED, 1000)).rejects.toMatchObject({ code: 'NOT_A_REGISTRY' });
  });

  it('may announce JSON and hold something else', async () => {
    const response = new Response('{', { headers: { 'content-type': 'application/json' } });
    await expect(readJson(response, ASKED)).rejects.toMatchObject({ code: 'NOT_A_REGISTRY' });
  });

  it('may be JSON of another program: the field that differs is named', () => {
    expect(() =>
      parseAnswer({ skills: [{ id: 7 }] }, z.object({ skills: z.array(z.object({ id: z.string() })) }), ASKED),
    ).toThrow(/skills\.0\.id/);
  });

  it.each([
    [302, 'a redirect to https://login.example/'],
    [403, 'an HTML page titled “Hotel Wi-Fi: sign in”'],
    [404, 'an HTML page titled “Hotel Wi-Fi: sign in”'],
  ])('with status %i says %s', async (status, words) => {
    const headers: Record<string, string> = {
      'content-type': 'text/html',
      ...(status === 302 ? { location: 'https://login.example/' } : {}),
    };
    const error = await errorOf(new Response(PAGE, { status, headers }), ASKED, 'http://r.example/api/me');
    expect(error.code).toBe('NOT_A_REGISTRY');
    expect(error.detail).toContain(words);
  });
});

describe('what stands in front of a registry', () => {
  it.each([502, 503, 504])('may answer %i in its own words', async (status) => {
    const error = await errorOf(html('<html><title>Bad gateway</title>', status), ASKED, 'http://r.example/api/me');
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.detail).toContain('Bad gateway');
  });

  it('may limit requests without a problem document', async () => {
    const response = new Response('slow down', { status: 429, headers: { 'retry-after': '7' } });
    const error = await errorOf(response, ASKED, 'http://r.example/api/me');
    expect(error).toMatchObject({ code: 'RATE_LIMITED', meta: { retryAfterSeconds: 7, status: 429 } });
  });
});

describe('bytes', () => {
  it('come exactly as they are, up to the bound and no further', async () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(await readBytes(new Response(bytes), ASKED, 4)).toEqual(bytes);
    await expect(readBytes(new Response(bytes), ASKED, 3)).rejects.toThrow(/more than 3 bytes/);
    expect(await readBytes(new Response(null), ASKED, 0)).toEqual(new Uint8Array());
  });
});

describe('a network error', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'the name is not known'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_NOT_YET_VALID', 'clock'],
  ])('%s says what to do', (code, words) => {
    const cause = Object.assign(new Error('x'), { code });
    expect(networkDetail('http://r.example', new TypeError('fetch failed', { cause }))).toContain(words);
    expect(
      networkDetail('http://r.example', new TypeError('fetch failed', { cause: new AggregateError([cause]) })),
    ).toContain(words);
  });

  it('without a code still names the address', () => {
    expect(networkDetail('http://r.example', new TypeError('fetch failed'))).toMatch(
      /^Cannot reach http:\/\/r\.example: /,
    );
    expect(networkDetail('http://r.example', new AegisError('INTERNAL'))).toContain('INTERNAL');
  });
});
