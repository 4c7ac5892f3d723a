import { expect, test } from 'vitest';
import { reasonAgainstAddress } from './outside.ts';

const reason = (text: string, dev = false) => reasonAgainstAddress(new URL(text), dev);

test('a public name over https is asked', () => {
  expect(reason('https://token.actions.githubusercontent.com/.well-known/jwks')).toBeNull();
  expect(reason('https://gitlab.example:8443/x')).toBeNull();
});

test.each([
  'http://issuer.example',
  'ftp://issuer.example',
  'https://127.0.0.1',
  'https://2130706433',
  'https://0x7f.1',
  'https://017700000001',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1',
  'https://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://[fd00::1]',
  'https://localhost',
  'https://LOCALHOST.',
  'https://metadata.google.internal',
  'https://kubernetes.default.svc.cluster.local',
  'https://printer.home.arpa',
  'https://registry',
  'https://user:password@issuer.example',
])('%s is not (SSRF)', (text) => {
  expect(reason(text)).not.toBeNull();
});

test('loopback is for a laptop only, and nothing else is opened by it', () => {
  expect(reason('http://127.0.0.1:4000', true)).toBeNull();
  expect(reason('http://localhost:4000', true)).toBeNull();
  for (const text of ['http://10.0.0.1', 'http://issuer.example', 'https://169.254.169.254', 'http://127.0.0.1.nip.io'])
    expect(reason(text, true)).not.toBeNull();
});
