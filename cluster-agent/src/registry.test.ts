import { describe, expect, it } from 'vitest';
import { makeKey } from './identity.ts';
import { statePaths } from './paths.ts';
import { connectRegistry, requestEnrolment, retryAfterMs } from './registry.ts';
import { seededId } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { clusterId } from './testing/identity.ts';
import { startTestRegistry } from './testing/registry.ts';
import { signedDocument } from './testing/signed.ts';

const never = new AbortController().signal;

async function world() {
  const server = await startTestRegistry();
  const key = await makeKey(statePaths(await temporaryFolder()));
  const joinToken = server.joinToken;
  const request = {
    joinToken,
    publicKey: { ...key.publicKey, kid: key.kid },
    bootId: seededId('boot', 1),
    agentVersion: '0.1.0',
  };
  const answer = await requestEnrolment(server, request);
  const registry = connectRegistry({ url: server.url, identity: { clusterId: clusterId(), key }, clock: Date.now });
  return { server, registry, answer, key };
}

describe('the registry of a cluster', () => {
  it('is asked with a credential that the cluster signs itself', async () => {
    const { server, registry, answer } = await world();
    expect(answer).toMatchObject({ clusterId: clusterId(), name: 'berlin', keys: server.keys });
    await server.publish(await signedDocument(server.approvalKey));
    const { jws } = await registry.state({ etag: null, waitSeconds: 0, signal: never });
    expect(jws?.split('.')).toHaveLength(3);
    expect(await registry.state({ etag: '"1.1"', waitSeconds: 0, signal: never })).toEqual({ jws: null });
  });

  it('refuses a credential of another key, or one that is too old', async () => {
    const { server, key } = await world();
    const other = await makeKey(statePaths(await temporaryFolder()));
    const ask = (identity: Parameters<typeof connectRegistry>[0]['identity'], clock = Date.now) =>
      connectRegistry({ url: server.url, identity, clock }).state({ etag: null, waitSeconds: 0, signal: never });
    await expect(ask({ clusterId: clusterId(), key: other })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    // Nobody but the clock is at fault, and that is said.
    await expect(ask({ clusterId: clusterId(), key }, () => Date.now() - 3_600_000)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      detail: expect.stringMatching(/The clock of this machine is 60 minutes behind the registry’s \(.*timedatectl/),
    });
    await expect(ask({ clusterId: clusterId(), key: other })).rejects.not.toMatchObject({
      detail: expect.stringContaining('clock'),
    });
  });

  it('tells how long it wants to be left alone', async () => {
    const { server, registry } = await world();
    server.fault = () => ({ status: 429, headers: { 'retry-after': '40' } });
    const error = await registry.state({ etag: null, waitSeconds: 0, signal: never }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'RATE_LIMITED' });
    expect(retryAfterMs(error)).toBe(40_000);
    expect(retryAfterMs(new Error('other'))).toBe(0);
  });

  it('lets go of a poll as soon as the agent stops', async () => {
    const { server, registry } = await world();
    const stop = new AbortController();
    server.fault = () => {
      stop.abort();
      return undefined;
    };
    await expect(registry.state({ etag: '"1.0"', waitSeconds: 20, signal: stop.signal })).rejects.toThrow();
  });
});
