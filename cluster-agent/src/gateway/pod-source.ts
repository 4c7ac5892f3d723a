import { join } from 'node:path';
import type { Log } from '@aegis/skill-sdk/log';
import type { Config } from '../config.ts';
import { openClusterPods } from './cluster-pods.ts';
import { openPods, type Pods } from './pods.ts';

/** A file where one is named, else the cluster's own API where there is one. */
export function openPodSource(config: Config, log: Log): Pods {
  if (config.podsFile !== null || config.target !== 'kubernetes') return openPods(config.podsFile);
  const inAccount = (name: string) => join(config.serviceAccountDir, name);
  const access = { server: config.clusterApi, tokenFile: inAccount('token'), caFile: inAccount('ca.crt') };
  return openClusterPods({ ...config, access, log });
}
