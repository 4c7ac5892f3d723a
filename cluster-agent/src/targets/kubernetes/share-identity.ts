import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Log } from '@aegis/skill-sdk/log';
import type { Config } from '../../config.ts';
import { statePaths } from '../../paths.ts';

/** The gateways of this cluster take this identity over: they are told it wherever the chart lets them find it. */
export async function shareIdentity(config: Config, log: Log): Promise<void> {
  const { identitySecret: name, systemNamespace: namespace, kubeConfig } = config;
  if (name === null) return;
  const paths = statePaths(config.stateDir);
  const { fillSecret, loadKubeConfig } = await import('./api.ts');
  const files: Record<string, Uint8Array> = {};
  for (const path of [paths.key, paths.identity]) files[basename(path)] = await readFile(path);
  await fillSecret(loadKubeConfig(kubeConfig), { namespace, name, files }).catch((error) =>
    log.error('identity not shared with the gateways', { secret: `${namespace}/${name}`, error }),
  );
}
