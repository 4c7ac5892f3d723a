import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realKeyring, SKIP_REASON } from '../../testing/keyring.ts';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { temporaryFolder, testIo } from '../../testing/test-io.ts';
import { findKeychain } from './keychain.ts';

const URL = 'https://registry.example';
/** What each stand-in is, in the same shell: a file per registry, and every argument that it was ever given. */
const SECRET_TOOL = `
echo "$*" >> "$KEYRING/arguments"
for last in "$@"; do :; done
file="$KEYRING/$(echo "$last" | tr -c 'a-zA-Z0-9' _)"
case "$1" in
  store) cat > "$file" ;;
  lookup) [ -f "$file" ] && cat "$file" ;;
  clear) rm -f "$file" ;;
esac`;
const SECURITY = `
echo "$*" >> "$KEYRING/arguments"
file="$KEYRING/item"
case "$1" in
  -i) sed -n 's/.* -w "\\(.*\\)"$/\\1/p' > "$file" ;;
  find-generic-password) [ -f "$file" ] && cat "$file" || exit 44 ;;
  delete-generic-password) rm -f "$file" ;;
esac`;

/** A stand-in for the system's program, at the border of the process; the real one is met below where there is one. */
async function standIn(name: string, script: string) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), `#!/bin/sh${script}\n`);
  await chmod(join(folder, name), 0o755);
  const PATH = `${folder}:${process.env.PATH}`;
  return { folder, env: { PATH, KEYRING: folder, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } };
}

/** What every keychain keeps to. */
async function keepsSecrets(env: Record<string, string>, platform: NodeJS.Platform) {
  const keychain = await findKeychain(await testIo({ env }), platform);
  if (keychain === null) throw new Error('no keychain');
  expect(await keychain.read(URL)).toBeNull();
  await keychain.write(URL, 'aeg_first');
  await keychain.write(URL, 'aeg_second');
  expect(await keychain.read(URL)).toBe('aeg_second');
  await keychain.remove(URL);
  expect(await keychain.read(URL)).toBeNull();
  // What is gone already is no error.
  await keychain.remove(URL);
}

describe('a keychain (X6, C39)', () => {
  it.each([
    ['linux', 'secret-tool', SECRET_TOOL],
    ['darwin', 'security', SECURITY],
  ] as const)(
    'of %s keeps, replaces and forgets a secret that is in no argument (stand-in)',
    async (platform, name, script) => {
      const { folder, env } = await standIn(name, script);
      await keepsSecrets(env, platform);
      expect(await readFile(join(folder, 'arguments'), 'utf8')).not.toMatch(/aeg_/);
    },
  );

  it('is not used where there is none, none is reached, or it is switched off', async () => {
    const { env } = await standIn('secret-tool', SECRET_TOOL);
    for (const without of [
      { ...env, PATH: '/nowhere' },
      { ...env, DBUS_SESSION_BUS_ADDRESS: '' },
      { ...env, AEGIS_KEYCHAIN: 'off' },
    ])
      expect(await findKeychain(await testIo({ env: without }), 'linux')).toBeNull();
    expect(await findKeychain(await testIo({ env }), 'win32')).toBeNull();
  });

  it.skipIf(SKIP_REASON !== null)(
    `the real Secret Service keeps, replaces and forgets a secret${SKIP_REASON ?? ''}`,
    async () => {
      await keepsSecrets(await realKeyring(), 'linux');
    },
  );
});

const stored = (home: string) => readFile(join(home, '.config/aegis/credentials.json'), 'utf8');

describe.skipIf(process.platform !== 'linux')('signing in with a keychain', () => {
  it('puts the token there and not into the file; rotating and signing out go there too', async () => {
    const { url } = await signingRegistry();
    const { env } = await standIn('secret-tool', SECRET_TOOL);
    const io = await testIo({ env });
    expect(await io.aegis('login', '--registry', url, '--token', 'aeg_good')).toBe(0);
    expect(io.out()).toContain('the token in the keychain of this machine');
    expect(await stored(io.home)).not.toContain('aeg_good');
    expect(await io.aegis('whoami')).toBe(0);
    expect(await io.aegis('rotate')).toBe(0);
    expect(await stored(io.home)).not.toContain('aeg_');
    expect(await io.aegis('whoami')).toBe(0);
    expect(await io.aegis('logout')).toBe(0);
    expect(await io.aegis('whoami')).toBe(4);
    const keychain = await findKeychain(io, 'linux');
    expect(await keychain?.read(url)).toBeNull();
  });

  it('takes the file, and says so, when the keychain refuses', async () => {
    const { url } = await signingRegistry();
    const { env } = await standIn('secret-tool', '\n[ "$1" = store ] && echo "locked collection" >&2\nexit 1');
    const io = await testIo({ env });
    expect(await io.aegis('login', '--registry', url, '--token', 'aeg_good')).toBe(0);
    expect(io.err()).toContain('The keychain does not take the token (locked collection)');
    expect(await stored(io.home)).toContain('aeg_good');
  });

  it('says what to do when the keychain is not reached any more, or has lost the token', async () => {
    const { url } = await signingRegistry();
    const { env } = await standIn('secret-tool', SECRET_TOOL);
    const io = await testIo({ env });
    await io.aegis('login', '--registry', url, '--token', 'aeg_good');
    await (await findKeychain(io, 'linux'))?.remove(url);
    expect(await io.aegis('whoami')).toBe(4);
    expect(io.err()).toContain('has no token for');
    io.clear();
    Object.assign(io, { env: { ...env, DBUS_SESSION_BUS_ADDRESS: '' } });
    expect(await io.aegis('whoami')).toBe(4);
    expect(io.err()).toContain('cannot be reached from here');
    expect(await io.aegis('logout')).toBe(0);
  });
});
