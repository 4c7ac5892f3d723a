// The "internet" of a rig: a resolver that knows the names it is told, and a server on every address that says by
// which name it was asked. TLS is with a shared key, so that no certificate has to be made.
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { decodeQuestion, encodeAnswer, TYPES } from './dns-packet.ts';
import { answerLines } from './talk.ts';

/** By name: addresses of both families, or another name. */
type Names = Record<string, string[] | { alias: string }>;

let names: Names = {};
const asked: string[] = [];
const reached: { by: string; host: string; port: number; to: string }[] = [];
const [resolver = '', ...ports] = process.argv.slice(2);

const udp = createSocket('udp4');
udp.on('message', (packet, from) => {
  const { name, type } = decodeQuestion(packet);
  asked.push(`${name} ${type}`);
  udp.send(encodeAnswer(packet, find(name, type)), from.port, from.address);
});

function find(name: string, type: number): string[] | null {
  const entry = names[name];
  if (entry === undefined) return null;
  if (!Array.isArray(entry)) return find(entry.alias, type);
  return entry.filter((address) => address.includes(':') === (type === TYPES.AAAA));
}

const http = createHttpServer((request, response) => {
  const { localPort = 0, localAddress = '', remoteAddress = '' } = request.socket;
  const found = { by: remoteAddress, host: request.headers.host ?? '', port: localPort, to: localAddress };
  reached.push(found);
  response.end(JSON.stringify(found));
});
const tls = createTlsServer(
  { pskCallback: () => Buffer.from('rig'), ciphers: 'PSK', maxVersion: 'TLSv1.2' },
  (socket) => {
    const { localPort = 0, localAddress = '', remoteAddress = '' } = socket;
    const servername = 'servername' in socket ? String(socket.servername || '') : '';
    const found = { by: remoteAddress, host: servername, port: localPort, to: localAddress };
    reached.push(found);
    socket.on('error', () => undefined);
    socket.write(`${JSON.stringify(found)}\n`);
  },
);
tls.on('tlsClientError', () => undefined);

await new Promise<void>((resolve) => udp.bind(53, resolver, resolve));
for (const port of ports.map(Number)) {
  const server = port === 80 ? http : port === 443 ? tls : createServer((socket) => tls.emit('connection', socket));
  await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
}
const echo = createSocket('udp4');
echo.on('message', (packet, from) => echo.send(packet, from.port, from.address));
await new Promise<void>((resolve) => echo.bind(443, '0.0.0.0', resolve));

answerLines(async (ask: { names?: Names }) => {
  if (ask.names !== undefined) names = ask.names;
  return { asked: asked.splice(0), reached: reached.splice(0) };
});
