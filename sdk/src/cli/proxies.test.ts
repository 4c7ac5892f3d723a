import { describe, expect, it } from 'vitest';
import { proxyFor, readProxies } from './proxies.ts';

const through = (environment: Record<string, string>, url: string) =>
  proxyFor(new URL(url), readProxies(environment))?.origin ?? null;
const PROXY = 'http://proxy.example:3128';

describe('the proxy of an address', () => {
  it('is that of its scheme, and none is for both', () => {
    const environment = { HTTPS_PROXY: PROXY, HTTP_PROXY: 'http://other.example' };
    expect(through(environment, 'https://registry.example')).toBe(PROXY);
    expect(through(environment, 'http://registry.example')).toBe('http://other.example');
    expect(through({ HTTP_PROXY: PROXY }, 'https://registry.example')).toBeNull();
    expect(through({ HTTPS_PROXY: '' }, 'https://registry.example')).toBeNull();
  });

  it('may be spelled in lower case, which wins, and without a scheme', () => {
    expect(through({ https_proxy: PROXY, HTTPS_PROXY: 'http://other.example' }, 'https://registry.example')).toBe(
      PROXY,
    );
    expect(through({ HTTPS_PROXY: 'proxy.example:3128' }, 'https://registry.example')).toBe(PROXY);
  });

  it.each([
    'https://localhost',
    'https://deep.localhost:8443',
    'https://127.0.0.1',
    'https://127.9.9.9',
    'https://[::1]:8443',
  ])('is none for %s, though NO_PROXY names nothing', (url) => {
    expect(through({ HTTPS_PROXY: PROXY }, url)).toBeNull();
  });

  it.each([
    ['registry.example', 'https://registry.example', true],
    ['registry.example', 'https://eu.registry.example', true],
    ['.registry.example', 'https://eu.registry.example', true],
    ['*.registry.example', 'https://eu.registry.example', true],
    ['registry.example', 'https://myregistry.example', false],
    ['REGISTRY.example', 'https://Registry.Example', true],
    ['registry.example:8443', 'https://registry.example:8443', true],
    ['registry.example:8443', 'https://registry.example', false],
    ['registry.example:443', 'https://registry.example', true],
    ['a.example, b.example', 'https://b.example', true],
    ['a.example b.example', 'https://b.example', true],
    ['*', 'https://anything.example', true],
    ['10.0.0.0/8', 'https://10.20.30.40', true],
    ['10.0.0.0/8', 'https://11.0.0.1', false],
    ['10.0.0.7', 'https://10.0.0.7:8443', true],
    ['10.0.0.7/99', 'https://10.0.0.8', false],
    ['fd00::/8', 'https://[fd00::7]', true],
    ['fd00::7', 'https://[fd00::8]', false],
    ['10.0.0.0/8', 'https://registry.example', false],
  ])('with NO_PROXY=%s is none for %s: %s', (exempt, url, isExempt) => {
    expect(through({ HTTPS_PROXY: PROXY, NO_PROXY: exempt }, url)).toBe(isExempt ? null : PROXY);
  });
});

describe('an address of a proxy', () => {
  it('may hold user and password, which are kept out of what people see', () => {
    const { https } = readProxies({ HTTPS_PROXY: 'http://ada:p%40ss@proxy.example:3128' });
    expect(https).toEqual({
      origin: PROXY,
      credential: `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
      variable: 'HTTPS_PROXY',
    });
  });

  it.each([
    ['socks5://ada:secret@proxy.example', /^HTTPS_PROXY names a proxy of the kind socks5; wanted http:\/\/HOST:PORT/],
    ['http://ada:secret@[', /^HTTPS_PROXY names something that is no address/],
    ['http://ada:secret%@proxy.example', /^The user or password in HTTPS_PROXY is not percent-encoded/],
  ])('that cannot be used is refused without repeating its password: %s', (value, words) => {
    expect(() => readProxies({ HTTPS_PROXY: value })).toThrow(words);
    expect(() => readProxies({ HTTPS_PROXY: value })).not.toThrow(/secret/);
  });
});
