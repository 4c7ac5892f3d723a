import { rename, stat, utimes } from 'node:fs/promises';
import { AegisError } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import { makeKey, readKey } from '../identity.ts';
import { takeLock } from '../lock.ts';
import { statePaths } from '../paths.ts';
import { connectRegistry, type Registry, requestEnrolment } from '../registry.ts';
import { seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { startTestRegistry } from '../testing/registry.ts';
import { enrol } from './enrol.ts';
import { isRotationDue, rotateKey } from './rotate.ts';

const never = new AbortController().signal;

async function world() {
  const server = await startTestRegistry();
  const paths = statePaths(await temporaryFolder());
  const { joinToken, clusterId } = server;
  const request: Parameters<typeof enrol>[0]['request'] = (body) => requestEnrolment(server, body);
  const identity = await enrol({ paths, joinToken, bootId: seededId('boot', 1), agentVersion: '0.1.0', request });
  const registry = connectRegistry({ url: server.url, identity, readKey: () => readKey(paths), clock: Date.now });
  const rotate = (through: Pick<Registry, 'rotateKey'> = registry) =>
    rotateKey({ paths, clusterId, registry: through, clock: Date.now });
  const works = () =>
    registry.state({ etag: null, waitSeconds: 0, signal: never }).then(
      () => true,
      () => false,
    );
  return { server, paths, identity, registry, rotate, works };
}

describe('the key of a cluster is replaced', () => {
  it('by one that it made, and every request from then on is signed with it', async () => {
    const { server, paths, identity, rotate, works } = await world();
    const { key } = await rotate();
    expect(key.kid).not.toBe(identity.key.kid);
    expect((await readKey(paths))?.kid).toBe(key.kid);
    expect((await stat(paths.key)).mode & 0o777).toBe(0o600);
    server.endOverlap();
    expect(await works()).toBe(true);
    expect(await isRotationDue(paths, 30, Date.now())).toBe(false);
  });

  it('and a rotation that was killed before the registry heard of it is finished with the same key', async () => {
    const { paths, rotate, works } = await world();
    const begun = await makeKey(paths, paths.nextKey);
    expect(await isRotationDue(paths, 30, Date.now())).toBe(true);
    expect((await rotate()).key.kid).toBe(begun.kid);
    expect(await works()).toBe(true);
  });

  it.each([false, true])('also when it was killed after the registry took it (overlap over: %s)', async (isOver) => {
    const { server, paths, registry, rotate, works } = await world();
    const lost: Pick<Registry, 'rotateKey'> = {
      rotateKey: async (...request) => {
        await registry.rotateKey(...request);
        throw new AegisError('NETWORK');
      },
    };
    await expect(rotate(lost)).rejects.toMatchObject({ code: 'NETWORK' });
    const begun = await readKey(paths, paths.nextKey);
    if (isOver) server.endOverlap();
    expect((await rotate()).key.kid).toBe(begun?.kid);
    server.endOverlap();
    expect(await works()).toBe(true);
  });

  it('and not at all when the registry refuses: the cluster keeps the key that works', async () => {
    const { paths, identity, rotate, works } = await world();
    const away: Pick<Registry, 'rotateKey'> = {
      rotateKey: () => Promise.reject(new AegisError('UNAVAILABLE')),
    };
    await expect(rotate(away)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await readKey(paths))?.kid).toBe(identity.key.kid);
    expect(await works()).toBe(true);
  });

  it('by one process at a time', async () => {
    const { paths, rotate } = await world();
    const release = await takeLock(paths.rotation, 1);
    await expect(rotate()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await release();
    await rotate();
  });
});

it('a key is due when it is so many days old', async () => {
  const { paths } = await world();
  const madeAt = new Date('2026-01-01T00:00:00Z');
  await utimes(paths.key, madeAt, madeAt);
  const day = (days: number) => madeAt.getTime() + days * 86_400_000;
  expect([await isRotationDue(paths, 30, day(30) - 1), await isRotationDue(paths, 30, day(30))]).toEqual([false, true]);
  await rename(paths.key, `${paths.key}.gone`);
  expect(await isRotationDue(paths, 30, day(31))).toBe(false);
});
