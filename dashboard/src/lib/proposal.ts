import type { BlockedReason, BlockedRequest } from '@aegis/skill-sdk/wire/blocked';

/** Why no manifest can ever allow it; null when a change of the manifest could. */
export function neverAllowed(reason: BlockedReason): string | null {
  if (reason === 'private_ip') return 'Never allowed';
  if (reason === 'raw_ip' || reason === 'no_sni') return 'Needs a host name';
  if (reason === 'name_not_found') return 'No such name';
  return null;
}

/** The lines of `permissions.network` that would ask for this host; they open nothing before a review. */
export function manifestLine(row: Pick<BlockedRequest, 'destinationHost' | 'destinationPort' | 'protocol'>): string {
  const protocol = row.protocol === 'http' || row.protocol === 'tcp' ? `\n  protocol: ${row.protocol}` : '';
  return `- host: ${row.destinationHost}\n  ports: [${row.destinationPort}]${protocol}\n`;
}
