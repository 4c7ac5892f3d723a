import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendJson, serve } from '../../testing/loopback.ts';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';
import { sealToken } from '../token.ts';

const stored = (home: string) => join(home, '.config/aegis/credentials.json');

describe('aegis login', () => {
  it('checks the token, pins the keys, and stores both for this user only', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    expect(await io.aegis('login', '--registry', `${url}/`, '--token', 'aeg_good')).toBe(0);
    expect(io.out()).toContain(`✓ Signed in to ${url} as Ada <ada@acme.example>`);
    expect(io.out()).toContain('tenants: acme (owner)');
    expect(io.out()).not.toContain('aeg_good');
    const path = stored(io.home);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    const file = JSON.parse(await readFile(path, 'utf8'));
    expect(file).toMatchObject({ v: 1, current: url });
    expect(file.registries[url]).toMatchObject({
      token: 'aeg_good',
      name: 'ada@acme.example',
      loggedInAt: '2026-11-21T12:00:00.000Z',
    });
    expect(file.registries[url].keys.keys).toHaveLength(1);
  });

  it('goes where XDG_CONFIG_HOME says', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    const config = join(io.cwd, 'config');
    const other = { ...io, env: { XDG_CONFIG_HOME: config } };
    const { main } = await import('./main.ts');
    expect(await main(['login', '--registry', url, '--token', 'aeg_good'], other)).toBe(0);
    expect(JSON.parse(await readFile(join(config, 'aegis/credentials.json'), 'utf8')).current).toBe(url);
  });

  it('stores nothing for a wrong token, and says how to sign in', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    expect(await io.aegis('login', '--registry', url, '--token', 'aeg_wrong')).toBe(4);
    expect(io.err()).toContain('No credential, or one that is no longer valid');
    expect(io.err()).toContain('request req-1');
    expect(io.err()).not.toContain('aeg_wrong');
    await expect(stat(stored(io.home))).rejects.toThrow();
  });

  it('knows a mistyped token without asking anybody', async () => {
    const { url, received } = await signingRegistry();
    const io = await testIo();
    const token = await sealToken('aeg_', '0123456789abcdef'.repeat(4));
    const wrong = token.replace('0123', '0124');
    expect(await io.aegis('login', '--registry', url, '--token', wrong)).toBe(2);
    expect(io.err()).toContain('its checksum is wrong');
    expect(io.err()).not.toContain(wrong);
    expect(received).toHaveLength(0);
  });

  it('takes the token from standard input or the environment, and asks a person for the address only', async () => {
    const { url } = await signingRegistry();
    const piped = await testIo({ stdin: 'aeg_good\n' });
    expect(await piped.aegis('login', '--registry', url, '--token', '-')).toBe(0);
    const environment = await testIo({ env: { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_good' } });
    expect(await environment.aegis('login')).toBe(0);
    const person = await testIo({ answers: [url] });
    expect(await person.aegis('login', '--token', 'aeg_good')).toBe(0);
    expect(person.questions).toEqual(['Address of the registry: ']);
    const nobody = await testIo();
    expect(await nobody.aegis('login', '--registry', url)).toBe(2);
    expect(await nobody.aegis('login')).toBe(2);
  });

  it('keeps several registries apart, and sends a token only to its own', async () => {
    const one = await signingRegistry('aeg_one');
    const two = await signingRegistry('aeg_two');
    const io = await testIo();
    await io.aegis('login', '--registry', one.url, '--token', 'aeg_one');
    await io.aegis('login', '--registry', two.url, '--token', 'aeg_two');
    expect(await io.aegis('whoami')).toBe(0);
    expect(await io.aegis('whoami', '--registry', one.url)).toBe(0);
    const tokens = (received: typeof one.received) =>
      new Set(received.map(({ headers }) => headers.authorization).filter(Boolean));
    expect(tokens(one.received)).toEqual(new Set(['Bearer aeg_one']));
    expect(tokens(two.received)).toEqual(new Set(['Bearer aeg_two']));
    const stranger = await signingRegistry();
    expect(await io.aegis('whoami', '--registry', stranger.url)).toBe(4);
    expect(stranger.received).toHaveLength(0);
  });

  it('says what answered when that is no registry (captive portal)', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Hotel Wi-Fi</title></html>');
    });
    const io = await testIo();
    expect(await io.aegis('login', '--registry', url, '--token', 'x')).toBe(3);
    expect(io.err()).toContain('an HTML page titled “Hotel Wi-Fi”');
    const other = await serve((_request, response) => sendJson(response, { hello: 'world' }));
    expect(await io.aegis('login', '--registry', other.url, '--token', 'x')).toBe(3);
    expect(await io.aegis('login', '--registry', 'not an address', '--token', 'x')).toBe(2);
  });
});

describe('the stored credentials', () => {
  it('are not used when others can read them, or when they are damaged', async () => {
    const { url } = await signingRegistry();
    const io = await testIo();
    await io.aegis('login', '--registry', url, '--token', 'aeg_good');
    await chmod(stored(io.home), 0o644);
    expect(await io.aegis('whoami')).toBe(2);
    expect(io.err()).toContain('chmod 600');
    await chmod(stored(io.home), 0o600);
    await writeFile(stored(io.home), '{');
    expect(await io.aegis('whoami')).toBe(2);
    expect(io.err()).toContain('is damaged');
  });

  it('need not be there', async () => {
    const io = await testIo();
    await mkdir(io.home);
    expect(await io.aegis('whoami')).toBe(4);
    expect(io.err()).toContain('No registry is known here');
  });
});
