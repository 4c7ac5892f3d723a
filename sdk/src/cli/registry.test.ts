import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { OTHER_TENANT, signingRegistry, TENANT } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';
import { chooseTenant, connect, nonEmpty, normaliseUrl, openRegistry } from './registry.ts';

describe('the address of a registry', () => {
  it.each([
    ['https://registry.example/', 'https://registry.example'],
    ['HTTPS://Registry.Example:443/base//', 'https://registry.example/base'],
    ['registry.example', 'https://registry.example'],
    ['http://localhost:8787/?x#y', 'http://localhost:8787'],
  ])('%s has one spelling', (given, wanted) => {
    expect(normaliseUrl(given)).toBe(wanted);
  });

  it('must be one', () => {
    for (const text of ['', 'not an address', 'https://'])
      expect(() => normaliseUrl(text)).toThrow(/no address of a registry/);
  });
});

describe('which registry, and as whom', () => {
  it('is the option, then the environment, then the last login', async () => {
    const io = await testIo({ env: { AEGIS_REGISTRY: 'https://env.example', AEGIS_TOKEN: 'aeg_x' } });
    expect((await openRegistry(io, undefined, () => {})).url).toBe('https://env.example');
    const asked = await openRegistry(io, 'asked.example', () => {});
    expect(asked).toMatchObject({ url: 'https://asked.example', pinnedKeys: null });
    const empty = { ...io, env: { AEGIS_REGISTRY: '', AEGIS_TOKEN: '' } };
    await expect(openRegistry(empty, undefined, () => {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect([nonEmpty(''), nonEmpty(undefined), nonEmpty('x')]).toEqual([undefined, undefined, 'x']);
  });

  it('tells on a terminal what is waited for, after a second', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const io = await testIo({ terminal: true });
    let answer = (_response: Response) => {};
    const fetch = () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      });
    let now = 0;
    const slow = { ...io, fetch, now: () => now };
    const asked = connect(slow, 'https://registry.example', 'aeg_x', () => {}).health();
    await vi.advanceTimersByTimeAsync(999);
    expect(io.err()).toBe('');
    now = 1000;
    await vi.advanceTimersByTimeAsync(1);
    expect(io.err()).toContain('Waiting for registry.example …');
    answer(Response.json({ type: '', title: 'x', status: 404, code: 'NOT_FOUND' }, { status: 404 }));
    await expect(asked).rejects.toThrow();
    expect(io.err().endsWith('\r\u001b[2K')).toBe(true);
  });

  it('tells when it tries again', async () => {
    const io = await testIo();
    const lines: string[] = [];
    let left = 1;
    const fetch: typeof globalThis.fetch = async () =>
      left-- > 0
        ? Response.json(
            { type: '', title: 'x', status: 503, code: 'UNAVAILABLE' },
            { status: 503, headers: { 'retry-after': '0' } },
          )
        : Response.json({ status: 'ok' });
    await connect({ ...io, fetch }, 'https://r.example', undefined, (line) => lines.push(line)).health();
    expect(lines).toEqual(['The registry is not ready. Trying again in 0.0 s …']);
  });
});

describe('which tenant', () => {
  it('is the only one, or the one that was named by short name or id', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    const client = connect(io, url, 'aeg_good', () => {});
    expect(await chooseTenant(client, undefined, 'skill:publish')).toBe(TENANT);
    expect(await chooseTenant(client, 'acme', 'skill:publish')).toBe(TENANT);
    expect(await chooseTenant(client, OTHER_TENANT, 'skill:read')).toBe(OTHER_TENANT);
    await expect(chooseTenant(client, 'other', 'skill:read')).rejects.toThrow(/no tenant “other”. Yours: acme/);
    await expect(chooseTenant(client, undefined, 'skill:revoke')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('must be named when there are several', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    const client = connect(io, url, 'aeg_good', () => {});
    const me = await client.me();
    const several = {
      ...client,
      me: async () => ({
        ...me,
        tenants: [
          ...me.tenants,
          { ...me.tenants[0], id: OTHER_TENANT, slug: 'beta', name: 'B', role: 'member' as const },
        ],
        can: { ...me.can, [OTHER_TENANT]: ['skill:read'] },
      }),
    };
    await expect(chooseTenant(several, undefined, 'skill:read')).rejects.toThrow(
      /Choose one with --tenant: acme, beta/,
    );
    expect(await chooseTenant(several, undefined, 'skill:publish')).toBe(TENANT);
  });
});
