import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { makeAuthority } from './certificates.ts';
import { temporaryFolder } from './test-io.ts';

/** The name under which the registry is known behind the proxy; nothing outside of the test knows it. */
const REGISTRY = 'registry.example';

export interface Office {
  /** Reached only through the proxy: no name server knows it. */
  registry: string;
  /** The same registry with the same certificate, reached directly on loopback. */
  direct: string;
  /** `https://localhost:PORT`, or `http://` with `plainProxy`. */
  proxy: string;
  /** PEM of the CA that signed the certificates of proxy and registry. */
  caFile: string;
  /** `HOST:PORT` of each CONNECT, in order. */
  connects: string[];
  /** What the proxy answers to a CONNECT instead of letting it through: a status and headers. */
  refuse: (credential: string | undefined) => number | null;
  /** Ends every tunnel that stands, as a proxy does that restarts. */
  cut(): void;
}

/** An office around an HTTP server on loopback: a private CA, TLS in front of the server, and a CONNECT proxy. */
export async function openOffice(httpPort: number, { plainProxy = false } = {}): Promise<Office> {
  const authority = await makeAuthority();
  const folder = await temporaryFolder();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.cert);
  const registryPort = await listen(
    createTlsServer(await authority.issue([REGISTRY, 'localhost']), (secure) =>
      joinStreams(secure, connect(httpPort, '127.0.0.1')),
    ),
  );
  const tunnels = new Set<Socket>();
  const server = plainProxy ? createHttpServer() : createHttpsServer(await authority.issue(['localhost']));
  const proxyPort = await listen(server);
  const office: Office = {
    registry: `https://${REGISTRY}`,
    direct: `https://localhost:${registryPort}`,
    proxy: `${plainProxy ? 'http' : 'https'}://localhost:${proxyPort}`,
    caFile,
    connects: [],
    refuse: () => null,
    cut: () => {
      for (const tunnel of tunnels) tunnel.destroy();
    },
  };
  server.on('connect', (request, client) => {
    client.on('error', () => client.destroy());
    const status = office.refuse(request.headers['proxy-authorization']);
    if (status !== null) return void client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
    office.connects.push(request.url ?? '');
    if (request.url !== `${REGISTRY}:443`) return void client.end('HTTP/1.1 502 Unknown\r\ncontent-length: 0\r\n\r\n');
    const upstream = connect(registryPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      joinStreams(client, upstream);
    });
    tunnels.add(upstream);
  });
  return office;
}

/** Both ways, and when one side ends so does the other. */
function joinStreams(left: Duplex, right: Duplex): void {
  left.pipe(right).pipe(left);
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
