import { stat, writeFile } from 'node:fs/promises';
import { CLUSTER_TOKEN_SECONDS } from '@aegis/skill-sdk/limits';
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { makeKey, readIdentity, readKey, signCredential, writeIdentity } from './identity.ts';
import { statePaths } from './paths.ts';
import { NOW_MS } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { clusterId } from './testing/identity.ts';

describe('the key of a cluster', () => {
  it('is made once, stored for its owner alone, and read back', async () => {
    const paths = statePaths(await temporaryFolder());
    expect(await readKey(paths)).toBeNull();
    const key = await makeKey(paths);
    expect((await stat(paths.key)).mode & 0o777).toBe(0o600);
    expect((await readKey(paths))?.kid).toBe(key.kid);
    expect(key.kid).toBe(await calculateJwkThumbprint(key.publicKey));
  });

  it('signs credentials that say who, for whom and for how long, each of them different', async () => {
    const key = await makeKey(statePaths(await temporaryFolder()));
    const id = clusterId();
    const token = await signCredential({ clusterId: id, key }, NOW_MS);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'Ed25519', kid: key.kid });
    const { payload } = await jwtVerify(token, await importJWK(key.publicKey, 'Ed25519'), {
      algorithms: ['Ed25519'],
      audience: 'aegis-registry',
      issuer: id,
      subject: id,
      currentDate: new Date(NOW_MS),
    });
    expect(payload).toMatchObject({ iat: NOW_MS / 1000, exp: NOW_MS / 1000 + CLUSTER_TOKEN_SECONDS });
    expect(payload.jti).toMatch(/^req-/);
    expect(await signCredential({ clusterId: id, key }, NOW_MS)).not.toBe(token);
  });
});

describe('the identity of a cluster', () => {
  it('is absent before it has joined, and the same after every restart', async () => {
    const paths = statePaths(await temporaryFolder());
    expect(await readIdentity(paths)).toBeNull();
    const key = await makeKey(paths);
    await writeIdentity(paths, { clusterId: clusterId(), name: 'berlin', keys: { keys: [] } });
    expect(await readIdentity(paths)).toMatchObject({
      clusterId: clusterId(),
      name: 'berlin',
      keys: { keys: [] },
      key: { kid: key.kid },
    });
  });

  it.each(['{}', 'not json', JSON.stringify({ v: 1, clusterId: 'x', name: 'berlin', keys: { keys: [] } })])(
    'that is damaged (%s) is an error with a way out, never a new cluster',
    async (content) => {
      const paths = statePaths(await temporaryFolder());
      await makeKey(paths);
      await writeFile(paths.identity, content);
      await expect(readIdentity(paths)).rejects.toThrow('join again with a new token');
    },
  );

  it('without its key is an error too', async () => {
    const paths = statePaths(await temporaryFolder());
    await writeIdentity(paths, { clusterId: clusterId(), name: 'berlin', keys: { keys: [] } });
    await expect(readIdentity(paths)).rejects.toThrow('cannot be read');
    await writeFile(paths.key, '{"kty":"RSA"}');
    await expect(readIdentity(paths)).rejects.toThrow('key.json');
  });
});
