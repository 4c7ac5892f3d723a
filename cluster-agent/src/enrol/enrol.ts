import { AegisError } from '@aegis/skill-sdk/errors';
import { parseId } from '@aegis/skill-sdk/ids';
import type { EnrolAnswer, EnrolRequest } from '@aegis/skill-sdk/wire/clusters';
import { type Identity, makeKey, readIdentity, readKey, writeIdentity } from '../identity.ts';
import type { StatePaths } from '../paths.ts';

export interface EnrolOptions {
  paths: StatePaths;
  /** Null when none was given; then only a stored identity will do. */
  joinToken: string | null;
  bootId: string;
  agentVersion: string;
  request: (body: EnrolRequest) => Promise<EnrolAnswer>;
}

/**
 * The identity of this cluster: the stored one, or the one that a join token gets.
 *
 *   key pair made here and stored ─► token and public half to the registry ─► cluster id and keys stored (pinned)
 *
 * The key is on the disk before the token is used, so that a try whose answer got lost is repeated with the same key.
 * Throws USAGE when there is neither identity nor token, else what the registry said.
 */
export async function enrol({ paths, joinToken, bootId, agentVersion, request }: EnrolOptions): Promise<Identity> {
  const stored = await readIdentity(paths);
  if (stored !== null) return stored;
  if (joinToken === null) {
    throw new AegisError('USAGE', {
      detail:
        'This cluster has not joined a registry. A platform admin makes a join token on the clusters page; give it as AEGIS_JOIN_TOKEN, or to `aegis-agent enrol --registry URL --token TOKEN`.',
    });
  }
  const key = (await readKey(paths)) ?? (await makeKey(paths));
  const answer = await request({ joinToken, publicKey: { ...key.publicKey, kid: key.kid }, bootId, agentVersion });
  const clusterId = parseId('cluster', answer.clusterId);
  const { name, keys } = answer;
  if (clusterId === null || !keys.keys.some(({ purpose }) => purpose === 'state')) {
    throw new AegisError('NOT_A_REGISTRY', {
      detail: 'The registry answered the enrolment without a cluster id or without a key for states.',
    });
  }
  await writeIdentity(paths, { clusterId, name, keys });
  return { clusterId, name, key, keys };
}
