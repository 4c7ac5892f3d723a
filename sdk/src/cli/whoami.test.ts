import { describe, expect, it } from 'vitest';
import { signingRegistry, TENANT } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';

describe('aegis whoami', () => {
  it('shows person, registry and tenants, for people and for programs', async () => {
    const { url } = await signingRegistry();
    const io = await testIo({ env: { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_good' } });
    expect(await io.aegis('whoami')).toBe(0);
    expect(io.out()).toContain(`Ada <ada@acme.example> at ${url}`);
    expect(io.out()).toMatch(/acme +owner +Acme/);
    io.clear();
    expect(await io.aegis('whoami', '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({ registry: url, kind: 'user', tenants: [{ id: TENANT }] });
  });

  it('says when the key ends, and warns before it does (X6)', async () => {
    const registry = await signingRegistry();
    registry.credential = { expiresAt: '2026-11-25T12:00:00.000Z', replaced: false };
    const io = await testIo({ env: { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' } });
    expect(await io.aegis('whoami')).toBe(0);
    expect(io.out()).toContain('expires 2026-11-25T12:00:00.000Z (in 4 days)');
    expect(io.err()).toContain('This key expires in 4 days');
  });

  it('exits 3 when nothing answers, and says where', async () => {
    const io = await testIo({ env: { AEGIS_REGISTRY: 'http://127.0.0.1:9', AEGIS_TOKEN: 'aeg_good' } });
    const fast = {
      ...io,
      fetch: (async () =>
        Promise.reject(Object.assign(new TypeError('fetch failed'), { code: 'ENOTFOUND' }))) as typeof fetch,
    };
    const { main } = await import('./main.ts');
    expect(await main(['whoami'], fast)).toBe(3);
    expect(io.err()).toContain('Cannot reach http://127.0.0.1:9/api/me (ENOTFOUND)');
    expect(io.err()).toContain('Trying again in');
  });
});
