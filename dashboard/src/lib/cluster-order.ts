import type { Cluster } from '@aegis/skill-sdk/wire/clusters';

/** A copy with the worst first: nothing enforced, unverified, silent, waiting, no tenant, verified, revoked. */
export function worstFirst(clusters: readonly Cluster[]): Cluster[] {
  return [...clusters].sort((left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name, 'en'));
}

function rank(cluster: Cluster): number {
  if (cluster.state === 'revoked') return 6;
  if (cluster.state === 'waiting') return 3;
  if (cluster.enforcement === null) return 4;
  if (cluster.enforcement === 'none') return 0;
  if (cluster.enforcement === 'unverified') return 1;
  return cluster.silent ? 2 : 5;
}
