import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import type { EnrolRequest } from '@aegis/skill-sdk/wire/clusters';
import type { Config } from '../config.ts';
import { backoffMs, pause } from '../every.ts';
import type { Identity } from '../identity.ts';
import { statePaths } from '../paths.ts';
import { requestEnrolment, retryAfterMs } from '../registry.ts';
import { agentVersion } from '../version.ts';
import { enrol } from './enrol.ts';

interface Joining {
  bootId: string;
  signal: AbortSignal;
  log: Log;
  fetch?: typeof globalThis.fetch | undefined;
}

/** The stored identity, or a new one; a registry that is not there yet is waited for. Null when the signal aborted first. */
export async function joinRegistry(
  { registry, stateDir, joinToken }: Config,
  { bootId, signal, log, fetch }: Joining,
): Promise<Identity | null> {
  const request = (body: EnrolRequest) => requestEnrolment({ url: registry, fetch }, body);
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await enrol({ paths: statePaths(stateDir), joinToken, bootId, agentVersion, request });
    } catch (error) {
      const isAway =
        error instanceof AegisError && ['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED'].includes(error.code);
      if (!isAway) throw error;
      log.warn('registry not reached, joining again later', { error, failures });
      await pause(backoffMs(failures, Math.random, retryAfterMs(error)), signal);
    }
  }
  return null;
}
