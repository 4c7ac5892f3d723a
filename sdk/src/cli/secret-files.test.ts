import { expect, it } from 'vitest';
import { refuseSecrets } from './secret-files.ts';

const file = (path: string, text = 'x') => ({ path, bytes: new TextEncoder().encode(text), mode: '0644' as const });

it.each(['id_rsa', 'keys/id_ed25519_sk', 'a.p12', 'a.PFX', 'release.keystore', 'passwords.kdbx'])(
  '%s is a store of keys by its name',
  (path) => {
    expect(() => refuseSecrets([file(path)], () => false)).toThrow(/1 file holds a secret/);
    expect(() => refuseSecrets([file(path)], (one) => one === path)).not.toThrow();
  },
);

it.each(['id_rsa.pub', 'android.md', 'ppk.txt', 'keystore.ts'])('%s is none', (path) => {
  expect(() => refuseSecrets([file(path)], () => false)).not.toThrow();
});
