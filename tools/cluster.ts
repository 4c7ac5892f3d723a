import { startKeeper } from './keeper.ts';
import type { KubernetesTools } from './kubernetes.ts';

/** A real Kubernetes API without nodes, on loopback, that belongs to whoever started it. */
export interface PrivateCluster {
  url: string;
  /** File with the certificate that vouches for it. */
  ca: string;
  /** May do everything. */
  token: string;
  /** File with a line of JSON for every request that was answered, as Kubernetes audits it. */
  audit: string;
  /** Its state; gone when it is stopped. */
  folder: string;
  stop: () => Promise<void>;
}

/** Starts etcd and kube-apiserver. @throws AegisError USAGE when they do not start, with what they said */
export async function startCluster(tools: KubernetesTools): Promise<PrivateCluster> {
  const { ready, stop } = await startKeeper('The Kubernetes API', 'cluster-keeper.ts', [tools.etcd, tools.apiserver]);
  return { ...JSON.parse(ready), stop };
}
