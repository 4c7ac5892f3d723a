import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { BlockedReason } from '@aegis/skill-sdk/wire/blocked';
import { removeIfThere } from '../durable.ts';

const PER_SOURCE_MAX = 10;
/** Oldest first out: a scan of addresses fills no memory. */
const SOURCES_MAX = 5000;

/** One denial as the pod that made it may read it. */
export interface Told {
  at: string;
  host: string;
  port: number;
  protocol: string;
  reason: BlockedReason;
  denied: boolean;
}

const WHY: Record<BlockedReason, string> = {
  not_in_allowlist: 'No skill of this agent, and not its base, declares this host.',
  skill_not_installed: 'A skill that declares this host is installed on another agent, not on this one.',
  private_ip: 'The name leads to a private, local or metadata address.',
  raw_ip: 'An address was named where a host name belongs.',
  no_sni: 'The connection named no host: no TLS with a server name, and no HTTP with a Host.',
  port: 'The host is allowed by another port or protocol.',
  dns_denied: 'The name was not answered.',
  name_not_found: 'The name is allowed and does not resolve.',
  policy_default: 'The source address belongs to no pod of a tenant.',
};

/** What was denied last, by the address of the pod. */
export interface Denials {
  add(sourceIp: string, told: Told): void;
  of(sourceIp: string): Told[];
}

export function createDenials(): Denials {
  const bySource = new Map<string, Told[]>();
  return {
    add(sourceIp, told) {
      const last = bySource.get(sourceIp) ?? [];
      bySource.delete(sourceIp);
      bySource.set(sourceIp, [told, ...last].slice(0, PER_SOURCE_MAX));
      const [oldest] = bySource.keys();
      if (bySource.size > SOURCES_MAX && oldest !== undefined) bySource.delete(oldest);
    },
    of: (sourceIp) => bySource.get(sourceIp) ?? [],
  };
}

/**
 * Answers `http://aegis.denied/last` on a socket that only the gateway reaches; the gateway says whose address asks,
 * so a pod reads its own denials and nobody else's. `refresh` reads the log to its end first: TLS was cut a moment ago.
 */
export async function servePage(
  socket: string,
  { denials, refresh }: { denials: Denials; refresh: () => Promise<void> },
): Promise<{ close: () => Promise<void> }> {
  await removeIfThere(socket);
  const server = createServer((request, response) => {
    void (async () => {
      const source = request.headers['x-aegis-source'];
      const isLast = request.method === 'GET' && request.url === '/last' && typeof source === 'string';
      if (isLast) await refresh().catch(() => undefined);
      const body = isLast
        ? { denials: denials.of(source).map((told) => ({ ...told, why: WHY[told.reason] })) }
        : { error: 'not_found', fix: 'Here is GET /last: what was denied to you last.' };
      const text = Buffer.from(`${JSON.stringify(body, null, 2)}\n`);
      const headers = {
        'content-type': 'application/json',
        'content-length': text.length,
        'cache-control': 'no-store',
      };
      response.writeHead(isLast ? 200 : 404, headers).end(text);
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
