import { readFile, stat } from 'node:fs/promises';
import { AegisError } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import { statePaths } from '../paths.ts';
import { requestEnrolment } from '../registry.ts';
import { seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { startTestRegistry } from '../testing/registry.ts';
import { type EnrolOptions, enrol } from './enrol.ts';

async function world() {
  const server = await startTestRegistry();
  const paths = statePaths(await temporaryFolder());
  const options: EnrolOptions = {
    paths,
    joinToken: server.joinToken,
    bootId: seededId('boot', 1),
    agentVersion: '0.1.0',
    request: (body) => requestEnrolment(server, body),
  };
  return { server, paths, options };
}

describe('joining a registry', () => {
  it('makes a key here, sends its public half, and pins the keys of the registry', async () => {
    const { server, paths, options } = await world();
    const identity = await enrol(options);
    expect(identity).toMatchObject({ clusterId: server.clusterId, name: 'berlin', keys: server.keys });
    expect((await stat(paths.key)).mode & 0o777).toBe(0o600);
    const { d } = JSON.parse(await readFile(paths.key, 'utf8'));
    expect(await readFile(paths.identity, 'utf8')).not.toContain(d);
  });

  it('is done once: a second start uses the stored identity and asks nobody', async () => {
    const { server, options } = await world();
    const first = await enrol(options);
    const second = await enrol({ ...options, joinToken: null, bootId: seededId('boot', 2) });
    expect([second.clusterId, second.key.kid, second.keys]).toEqual([first.clusterId, first.key.kid, first.keys]);
    expect(server.requests).toEqual(['POST /api/clusters/enrol']);
  });

  it('without a token says where one comes from', async () => {
    const { options } = await world();
    await expect(enrol({ ...options, joinToken: null })).rejects.toThrow('AEGIS_JOIN_TOKEN');
  });

  it('with a wrong token says what the registry said, and leaves no identity', async () => {
    const { options } = await world();
    await expect(enrol({ ...options, joinToken: 'wrong' })).rejects.toThrow('This join token is unknown.');
    await enrol(options);
  });

  it('whose answer got lost is tried again with the same key', async () => {
    const { options } = await world();
    const sent: string[] = [];
    const request: EnrolOptions['request'] = async (body) => {
      sent.push(body.publicKey.x);
      if (sent.length === 1) throw new AegisError('NETWORK');
      return options.request(body);
    };
    await expect(enrol({ ...options, request })).rejects.toMatchObject({ code: 'NETWORK' });
    await enrol({ ...options, request });
    expect(sent[1]).toBe(sent[0]);
  });

  it('pins nothing from an answer that has no key for states', async () => {
    const { server, options } = await world();
    server.keys.keys.length = 0;
    await expect(enrol(options)).rejects.toMatchObject({ code: 'NOT_A_REGISTRY' });
    await expect(enrol({ ...options, joinToken: null })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
