import { describe, expect, it } from 'vitest';
import { type ContextAdapters, createContext } from './context.ts';
import { AegisError } from './errors.ts';
import { NO_PERMISSIONS, type PermissionBlock } from './permissions.ts';

interface Sent {
  url: string;
  init: RequestInit;
}

/** A context over adapters that answer everything, and what reached them. */
function world(permissions: Partial<PermissionBlock>, answers: Record<string, Response> = {}, packageFiles?: string[]) {
  const sent: Sent[] = [];
  const touched: string[] = [];
  const logged: unknown[] = [];
  const abort = new AbortController();
  const adapters: ContextAdapters = {
    fetch: async (input, init = {}) => {
      sent.push({ url: String(input), init });
      return answers[String(input)]?.clone() ?? new Response('ok');
    },
    files: {
      read: async (path) => {
        touched.push(`read ${path}`);
        return 'content';
      },
      write: async (path, content) => {
        touched.push(`write ${path} ${content}`);
      },
      list: async (path) => {
        touched.push(`list ${path}`);
        return [];
      },
      remove: async (path) => {
        touched.push(`remove ${path}`);
      },
    },
    env: (name) => ({ API_KEY: 'k', HOME: '/root' })[name],
    log: (message, fields) => logged.push({ message, fields }),
  };
  const { context, calls } = createContext({
    permissions: { ...NO_PERMISSIONS, ...permissions },
    adapters,
    signal: abort.signal,
    ...(packageFiles && { packageFiles }),
  });
  return { ...context, calls, sent, touched, logged, abort };
}

async function denial(work: () => unknown): Promise<AegisError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AegisError) return error;
    throw error;
  }
  throw new Error('this should have been refused');
}

const tls = (host: string, more: { ports?: number[]; methods?: string[] } = {}) => ({
  network: [{ host, ports: [443], protocol: 'tls' as const, ...more }],
});
const redirect = (status: number, location: string) => new Response(null, { status, headers: { location } });

describe('fetch', () => {
  it('passes a declared host and records host and port', async () => {
    const { fetch, calls, sent } = world(tls('api.example.com'));
    const response = await fetch('https://API.example.com/v1', { method: 'post', body: 'a', headers: { 'x-a': 'b' } });
    expect(await response.text()).toBe('ok');
    expect(sent[0]).toMatchObject({ url: 'https://api.example.com/v1', init: { method: 'POST', redirect: 'manual' } });
    expect(new Headers(sent[0]?.init.headers).get('x-a')).toBe('b');
    expect(calls).toEqual([
      {
        kind: 'net',
        value: 'api.example.com:443',
        allowed: true,
        reason: null,
        net: { host: 'api.example.com', port: 443, protocol: 'tls', method: 'POST' },
      },
    ]);
  });

  it('refuses an undeclared host before anything is sent, and says how to declare it', async () => {
    const { fetch, calls, sent } = world(tls('eu.rates.example'));
    const error = await denial(() => fetch('https://asia.rates.example/v1/latest'));
    expect(error).toMatchObject({
      code: 'PERMISSION_DENIED',
      meta: { kind: 'net', value: 'asia.rates.example:443', reason: 'not_in_allowlist' },
    });
    expect(error.detail).toBe(
      'GET to asia.rates.example:443 (tls) was refused: the manifest does not declare this host. ' +
        'Declared: eu.rates.example:443 (tls). To allow it, add to permissions.network in manifest.yaml: - { host: asia.rates.example }',
    );
    expect(sent).toEqual([]);
    expect(calls).toMatchObject([{ value: 'asia.rates.example:443', allowed: false, reason: 'not_in_allowlist' }]);
  });

  it.each([
    ['https://api.example.com:8443/', 'port', 'api.example.com:8443'],
    ['http://api.example.com/', 'port', 'api.example.com:80'],
    ['https://evil-api.example.com/', 'not_in_allowlist', 'evil-api.example.com:443'],
    ['https://api.example.com.evil.test/', 'not_in_allowlist', 'api.example.com.evil.test:443'],
    ['https://10.0.0.1/', 'private_ip', '10.0.0.1:443'],
    ['https://127.1/', 'private_ip', '127.0.0.1:443'],
    ['https://2130706433/', 'private_ip', '127.0.0.1:443'],
    ['https://0x7f.0.0.1/', 'private_ip', '127.0.0.1:443'],
    ['http://169.254.169.254/latest/meta-data', 'private_ip', '169.254.169.254:80'],
    ['https://172.31.0.1/', 'private_ip', '172.31.0.1:443'],
    ['https://172.32.0.1/', 'raw_ip', '172.32.0.1:443'],
    ['https://192.168.1.1/', 'private_ip', '192.168.1.1:443'],
    ['https://100.64.0.1/', 'private_ip', '100.64.0.1:443'],
    ['https://203.0.113.7/', 'raw_ip', '203.0.113.7:443'],
    ['https://[::1]/', 'private_ip', '[::1]:443'],
    ['https://[::ffff:127.0.0.1]/', 'private_ip', '[::ffff:7f00:1]:443'],
    ['https://[fd00::1]/', 'private_ip', '[fd00::1]:443'],
    ['https://[2001:db8::1]/', 'raw_ip', '[2001:db8::1]:443'],
    ['https://localhost/', 'private_ip', 'localhost:443'],
    ['https://LOCALHOST./', 'private_ip', 'localhost:443'],
    ['https://app.localhost/', 'private_ip', 'app.localhost:443'],
    ['https://vault/', 'private_ip', 'vault:443'],
    ['https://api.default.svc/', 'private_ip', 'api.default.svc:443'],
    ['https://metadata.google.internal/', 'private_ip', 'metadata.google.internal:443'],
    ['ftp://api.example.com/', 'invalid_url', 'ftp:'],
    ['data:text/plain,hello', 'invalid_url', 'data:'],
    ['file:///etc/passwd', 'invalid_url', 'file:'],
    ['/v1/relative', 'invalid_url', '/v1/relative'],
    ['https://user:secret@api.example.com/', 'invalid_url', 'https://user:secret@api.example.com/'],
  ])('refuses %s: %s', async (url, reason, value) => {
    const { fetch, calls, sent } = world(tls('api.example.com'));
    expect((await denial(() => fetch(url))).meta).toEqual({ kind: 'net', value, reason });
    expect(calls).toMatchObject([{ kind: 'net', value, allowed: false, reason }]);
    expect(sent).toEqual([]);
  });

  it('takes a trailing dot and a Request for what they are', async () => {
    const { fetch, calls } = world(tls('api.example.com'));
    await fetch('https://api.example.com./');
    await fetch(new Request('https://api.example.com/', { method: 'DELETE' }));
    expect(calls.map(({ net }) => [net?.host, net?.method])).toEqual([
      ['api.example.com', 'GET'],
      ['api.example.com', 'DELETE'],
    ]);
  });

  it('compares methods where the manifest names them', async () => {
    const { fetch } = world(tls('api.example.com', { methods: ['GET'] }));
    await fetch('https://api.example.com/');
    const error = await denial(() => fetch('https://api.example.com/', { method: 'DELETE' }));
    expect(error.meta).toMatchObject({ reason: 'method' });
    expect(error.detail).toContain('add the method');
  });

  it('lets nothing through that would lead around the fence', async () => {
    const { fetch, sent } = world(tls('api.example.com'));
    await fetch('https://api.example.com/', { dispatcher: {}, keepalive: true } as RequestInit);
    expect(Object.keys(sent[0]?.init ?? {}).sort()).toEqual(['headers', 'method', 'redirect', 'signal']);
  });

  it('checks every hop of a redirect, so that an open redirect is no way out', async () => {
    const { fetch, calls, sent } = world(tls('api.example.com'), {
      'https://api.example.com/a': redirect(302, '/b'),
      'https://api.example.com/b': redirect(302, 'https://evil.test/c'),
    });
    const error = await denial(() => fetch('https://api.example.com/a'));
    expect(error.meta).toMatchObject({ value: 'evil.test:443', reason: 'not_in_allowlist' });
    expect(sent.map(({ url }) => url)).toEqual(['https://api.example.com/a', 'https://api.example.com/b']);
    expect(calls.map(({ value, allowed }) => `${value} ${allowed}`)).toEqual([
      'api.example.com:443 true',
      'api.example.com:443 true',
      'evil.test:443 false',
    ]);
  });

  it('drops credentials on the way to another origin, and keeps the body of a 307', async () => {
    const both = {
      network: ['a.example.com', 'b.example.com'].map((host) => ({ host, ports: [443], protocol: 'tls' as const })),
    };
    const { fetch, sent } = world(both, { 'https://a.example.com/': redirect(307, 'https://b.example.com/') });
    await fetch('https://a.example.com/', {
      method: 'POST',
      body: 'data',
      headers: { authorization: 'Bearer x', cookie: 'a=b', accept: 'text/plain' },
    });
    const headers = new Headers(sent[1]?.init.headers);
    expect([headers.get('authorization'), headers.get('cookie'), headers.get('accept')]).toEqual([
      null,
      null,
      'text/plain',
    ]);
    expect(sent[1]?.init.method).toBe('POST');
    expect(await new Response(sent[1]?.init.body).text()).toBe('data');
  });

  it.each([
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [302, 'PUT', 'PUT'],
    [308, 'POST', 'POST'],
  ])('after %i a %s goes on as %s', async (status, method, next) => {
    const { fetch, sent } = world(tls('a.example.com'), { 'https://a.example.com/': redirect(status, '/next') });
    await fetch('https://a.example.com/', { method, body: 'data' });
    expect(sent[1]?.init.method).toBe(next);
    expect(sent[1]?.init.body === undefined).toBe(next === 'GET');
    expect(new Headers(sent[1]?.init.headers).has('content-type')).toBe(next !== 'GET');
  });

  it('hands a redirect over when the caller asks for it, and fails when the caller ruled it out', async () => {
    const { fetch } = world(tls('a.example.com'), { 'https://a.example.com/': redirect(302, 'https://evil.test/') });
    expect((await fetch('https://a.example.com/', { redirect: 'manual' })).status).toBe(302);
    await expect(fetch('https://a.example.com/', { redirect: 'error' })).rejects.toThrow('redirects');
  });

  it('follows five redirects and not a sixth', async () => {
    const chain = (length: number) =>
      Object.fromEntries(
        [...Array(length).keys()].map((n) => [`https://a.example.com/${n}`, redirect(302, `/${n + 1}`)]),
      );
    expect(await (await world(tls('a.example.com'), chain(5)).fetch('https://a.example.com/0')).text()).toBe('ok');
    const error = await denial(() => world(tls('a.example.com'), chain(6)).fetch('https://a.example.com/0'));
    expect(error.code).toBe('NETWORK');
  });

  it('aborts with the run', async () => {
    const { fetch, abort, calls } = world(tls('a.example.com'));
    abort.abort(new Error('out of time'));
    await expect(fetch('https://a.example.com/')).rejects.toThrow('out of time');
    expect(calls).toEqual([]);
  });
});

describe('files', () => {
  const granted = { files: { read: ['data/**', '/srv/shared.txt'], write: ['out/**'] } };

  it('passes declared paths in their normal form', async () => {
    const { files, touched, calls } = world(granted);
    await files.read('./data//a/./b.txt');
    await files.read('/srv/shared.txt');
    await files.list('data');
    await files.list('data/sub/');
    await files.write('out/a.txt', 'x');
    await files.remove('out/a.txt');
    expect(touched).toEqual([
      'read data/a/b.txt',
      'read /srv/shared.txt',
      'list data',
      'list data/sub',
      'write out/a.txt x',
      'remove out/a.txt',
    ]);
    expect(calls.every(({ allowed }) => allowed)).toBe(true);
    expect(calls.map(({ kind }) => kind)).toEqual(['fs.read', 'fs.read', 'fs.read', 'fs.read', 'fs.write', 'fs.write']);
  });

  it.each([
    ['data/../secret', 'invalid_path'],
    ['data/a/../b', 'invalid_path'],
    ['../data/a', 'invalid_path'],
    ['~/data/a', 'invalid_path'],
    ['data\\a', 'invalid_path'],
    ['data/\u0000', 'invalid_path'],
    ['', 'invalid_path'],
    ['d'.repeat(4097), 'invalid_path'],
    ['secret.txt', 'not_declared'],
    ['/data/a', 'not_declared'],
    ['/etc/passwd', 'not_declared'],
    ['out/a.txt', 'not_declared'],
    ['database/a', 'not_declared'],
  ])('does not read %j: %s', async (path, reason) => {
    const { files, touched, calls } = world(granted);
    const error = await denial(() => files.read(path));
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', meta: { kind: 'fs.read', reason } });
    expect(calls).toMatchObject([{ kind: 'fs.read', allowed: false, reason }]);
    expect(touched).toEqual([]);
  });

  it('writes and removes only what may be written', async () => {
    const { files, touched } = world(granted);
    for (const work of [
      () => files.write('data/a', ''),
      () => files.remove('data/a'),
      () => files.write('out/../x', ''),
    ]) {
      expect((await denial(work)).meta).toMatchObject({ kind: 'fs.write' });
    }
    expect((await denial(() => files.write('other', ''))).detail).toBe(
      'Writing "other" was refused: the manifest does not declare it. Declared: out/**. ' +
        'To allow it, add to permissions.files.write in manifest.yaml: - "other"',
    );
    expect(touched).toEqual([]);
  });

  it('lists a folder only if any name in it may be read', async () => {
    const { files } = world({ files: { read: ['data/a.txt'], write: [] } });
    await files.read('data/a.txt');
    for (const path of ['data', '.', '/', 'data/a.txt']) {
      expect((await denial(() => files.list(path))).meta).toMatchObject({ reason: 'not_declared' });
    }
  });

  it('lets a skill read its own package, and not write it', async () => {
    const { files, touched } = world({}, {}, ['assets/table.json']);
    await files.read('./assets/table.json');
    expect(touched).toEqual(['read assets/table.json']);
    await denial(() => files.read('assets/other.json'));
    await denial(() => files.write('assets/table.json', ''));
  });
});

describe('env', () => {
  it('gives declared variables, set or not, and no others', async () => {
    const { env, calls } = world({ environment: { required: ['API_KEY'], optional: ['REGION'] } });
    expect([env('API_KEY'), env('REGION')]).toEqual(['k', undefined]);
    const error = await denial(() => env('HOME'));
    expect(error.detail).toContain('Declared: API_KEY, REGION. To allow it, add to permissions.environment.optional');
    expect(calls.map(({ value, allowed }) => `${value} ${allowed}`)).toEqual([
      'API_KEY true',
      'REGION true',
      'HOME false',
    ]);
  });
});

it('writes no secret field into the log', () => {
  const { log, logged } = world({});
  log('signed in', { token: 'abc', user: 'ada' });
  log('done');
  expect(logged).toEqual([
    { message: 'signed in', fields: { token: '[redacted]', user: 'ada' } },
    { message: 'done', fields: undefined },
  ]);
});

it('bounds what one run may ask', async () => {
  const { env, calls } = world({ environment: { required: ['API_KEY'], optional: [] } });
  for (let n = 0; n < 10_000; n++) env('API_KEY');
  expect((await denial(() => env('API_KEY'))).code).toBe('RATE_LIMITED');
  expect(calls).toHaveLength(10_000);
});

it('tells of each call as it is decided', async () => {
  const seen: string[] = [];
  const { context } = createContext({
    permissions: NO_PERMISSIONS,
    adapters: {
      fetch: async () => new Response(),
      files: { read: async () => '', write: async () => {}, list: async () => [], remove: async () => {} },
      env: () => undefined,
      log: () => {},
    },
    signal: new AbortController().signal,
    onCall: (call) => seen.push(`${call.kind} ${call.value} ${call.reason}`),
  });
  await denial(() => context.env('HOME'));
  await denial(() => context.files.read('a'));
  expect(seen).toEqual(['env HOME not_declared', 'fs.read a not_declared']);
});
