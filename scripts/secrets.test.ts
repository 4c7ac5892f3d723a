import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSecrets } from './secrets.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aegis-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('secrets are made once, differ per purpose, and only their owner reads them', async () => {
  const first = await readSecrets(dir);
  expect(await readSecrets(dir)).toEqual(first);
  expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600);
  const { approval, state, checkpoint } = first.signingKeys;
  expect(new Set([approval.kid, state.kid, checkpoint.kid]).size).toBe(3);
});

it('the two halves of a signing key belong together', async () => {
  const { publicJwk, privateJwk } = (await readSecrets(dir)).signingKeys.approval;
  const message = new TextEncoder().encode('a statement');
  const signing = await crypto.subtle.importKey('jwk', privateJwk, 'Ed25519', false, ['sign']);
  const checking = await crypto.subtle.importKey('jwk', publicJwk, 'Ed25519', false, ['verify']);
  const signature = await crypto.subtle.sign('Ed25519', signing, message);
  expect(await crypto.subtle.verify('Ed25519', checking, signature, message)).toBe(true);
});

it('broken secrets are never replaced: what they signed would be lost', async () => {
  writeFileSync(join(dir, 'secrets.json'), '{"authSecret":"short"}');
  await expect(readSecrets(dir)).rejects.toThrow(/secrets\.json cannot be read.*Put it back from a backup/s);
});
