import { copyFile } from 'node:fs/promises';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import type { Config } from '../config.ts';
import { readIfThere, removeIfThere } from '../durable.ts';
import { pause } from '../every.ts';
import { type StatePaths, statePaths } from '../paths.ts';

/** How often a gateway that has no identity yet looks for one. */
const IDENTITY_EVERY_MS = 1000;

/** One cluster, one identity: the gateway takes that of the cluster's agent over when it has none of its own. */
export async function inheritIdentity(
  { identityDir, target }: Config,
  { paths, signal, log }: { paths: StatePaths; signal: AbortSignal; log: Log },
): Promise<void> {
  if (identityDir === null) return;
  const from = statePaths(identityDir);
  // Installed together with the agent, which has to join first; then Kubernetes has to bring it here.
  if (target === 'kubernetes') {
    if ((await readIfThere(from.identity)) === null)
      log.info('waiting for the identity of the cluster', { identityDir });
    while (!signal.aborted && (await readIfThere(from.identity)) === null) await pause(IDENTITY_EVERY_MS, signal);
    if (signal.aborted) return;
  }
  try {
    await copyFile(from.key, paths.key);
    await copyFile(from.identity, paths.identity);
  } catch (cause) {
    await removeIfThere(paths.key);
    throw new AegisError('USAGE', {
      detail: `No identity of the cluster is in ${identityDir}. Let the cluster's agent join the registry first, and give its state folder as AEGIS_IDENTITY_DIR.`,
      cause,
    });
  }
}
