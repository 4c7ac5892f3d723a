import { createSocket } from 'node:dgram';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Authority } from './certificates.ts';
import type { HarnessMessage, RunConfig } from './messages.ts';
import { answerTo, NamePool, parseQuestion } from './names.ts';

/** Without sequence number and time, which the sender adds. */
type Said = HarnessMessage extends infer M ? (M extends unknown ? Omit<M, 'seq' | 'ms'> : never) : never;

export interface SinkholeOptions {
  authority: Authority;
  config: Pick<RunConfig, 'http' | 'ports' | 'baitValues'>;
  say: (message: Said) => void;
}

/** What programs usually talk to: a connection to these is answered, to others refused, and both are in the trace. */
const PORTS = [
  21, 22, 23, 25, 80, 110, 143, 389, 443, 445, 465, 587, 853, 993, 995, 1080, 1433, 1883, 2375, 2376, 3000, 3306, 3333,
  3389, 4444, 5000, 5432, 5672, 6379, 6667, 8000, 8080, 8081, 8443, 8888, 9000, 9092, 9200, 11211, 27017,
] as const;
/** Of the body of a request; more tells nobody anything. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Messages about single look-ups and connections; a flood of them must not fill the evidence. */
const SAID_MAX = 2000;
const TLS_HELLO = 0x16;
const NAMES_PORT = 53;

/** A small internet on this machine: a name server, and behind every port somebody who answers. */
export async function openSinkhole({ authority, config, say }: SinkholeOptions): Promise<void> {
  let said = 0;
  const tell = (message: Said) => {
    if (++said <= SAID_MAX) say(message);
    else if (said === SAID_MAX + 1) say({ kind: 'limit', name: 'network events' });
  };
  const seekBait = baitSeeker(config.baitValues, tell);
  await openNames(tell, seekBait);
  const http = createHttpServer(
    (request, response) => void answerRequest(request, response, { config, tell, seekBait }),
  );
  const ports = new Set([...PORTS, ...config.ports].filter((port) => port !== NAMES_PORT));
  await Promise.all(
    [...ports].map((port) => listen(port, (socket) => receive(socket, { authority, http, tell, seekBait }))),
  );
}

interface Answering {
  tell: (message: Said) => void;
  seekBait: (bytes: Buffer, where: string) => void;
}

/** By datagrams and, as whoever hides a tunnel may prefer, by connections, where a length stands before each message. */
async function openNames(tell: Answering['tell'], seekBait: Answering['seekBait']): Promise<void> {
  const pool = new NamePool();
  const answer = (query: Buffer): Buffer | null => {
    const question = parseQuestion(query);
    if (question === null) return null;
    const address = question.type === 'A' ? pool.addressOf(question.name) : null;
    tell({ kind: 'dns', name: question.name, type: question.type, address });
    seekBait(Buffer.from(question.name), `the name server, as ${question.name}`);
    return answerTo(query, question, address);
  };
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const reply = answer(query);
    if (reply !== null) socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.bind(NAMES_PORT, '0.0.0.0', () => resolve());
  });
  await listen(NAMES_PORT, (connection) => {
    let held = Buffer.alloc(0);
    connection.on('error', () => connection.destroy());
    connection.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        const reply = answer(held.subarray(2, end));
        held = held.subarray(end);
        if (reply === null) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        connection.write(Buffer.concat([length, reply]));
      }
    });
  });
}

function listen(port: number, receiver: (socket: Socket) => void): Promise<void> {
  const server = createServer(receiver);
  return new Promise((resolve, reject) => {
    // Node's own message names neither port nor purpose.
    server.on('error', (cause) => reject(new Error(`port ${port} of the sinkhole: ${cause.message}`)));
    server.listen(port, '0.0.0.0', () => resolve());
  });
}

type Http = ReturnType<typeof createHttpServer>;

/** Decides by the first bytes: TLS is answered with a certificate for the asked name, then everything is HTTP or unknown. */
function receive(socket: Socket, serving: Answering & { authority: Authority; http: Http }): void {
  const { localAddress: ip = '', localPort: port = 0 } = socket;
  socket.on('error', () => socket.destroy());
  let sni: string | undefined;
  socket.once('data', (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    if (first[0] !== TLS_HELLO) {
      handOver(socket, { ...serving, ip, port, sni });
      return;
    }
    const secure = new TLSSocket(socket, {
      isServer: true,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => {
        sni = name;
        done(null, createSecureContext(serving.authority.certificateFor(name)));
      },
      secureContext: createSecureContext(serving.authority.certificateFor(ip)),
    });
    secure.on('error', () => secure.destroy());
    secure.once('secure', () => handOver(secure, { ...serving, ip, port, sni }));
  });
  socket.once('close', () => serving.tell({ kind: 'connection', ip, port, sni, bytes: socket.bytesRead }));
}

function handOver(
  socket: Socket,
  { http, ip, port, sni, seekBait }: Answering & { http: Http; ip: string; port: number; sni: string | undefined },
): void {
  const where = `${sni ?? ip}:${port}`;
  Object.assign(socket, { aegis: { ip, port, sni } });
  http.emit('connection', socket);
  // Only after that: the server reads past the listeners that were there before it.
  socket.on('data', (chunk: Buffer) => seekBait(chunk, where));
  socket.resume();
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { config, tell }: Answering & { config: SinkholeOptions['config'] },
): Promise<void> {
  const { aegis } = request.socket as Socket & { aegis: { ip: string; port: number; sni?: string } };
  const host = (request.headers.host ?? aegis.sni ?? aegis.ip).replace(/:\d+$/, '').toLowerCase();
  let size = 0;
  request.on('error', () => response.destroy());
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) break;
  }
  const scheme = aegis.sni === undefined ? 'http' : 'https';
  const usual = scheme === 'https' ? 443 : 80;
  const origin = `${scheme}://${host}${aegis.port === usual ? '' : `:${aegis.port}`}`;
  const { method = 'GET', url = '/' } = request;
  const fixture = config.http.find(
    (one) => (one.method ?? 'GET') === method && sameUrl(one.url, `${origin}${url.startsWith('/') ? url : '/'}`),
  );
  const status = fixture?.status ?? 200;
  tell({
    kind: 'http',
    host,
    port: aegis.port,
    sni: aegis.sni,
    method,
    path: url,
    status,
    isFixture: fixture !== undefined,
  });
  const isText = typeof fixture?.body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    connection: 'close',
    ...fixture?.headers,
  });
  response.end(isText ? String(fixture.body) : JSON.stringify(fixture?.body ?? {}));
}

function sameUrl(one: string, other: string): boolean {
  try {
    return new URL(one).href === new URL(other).href;
  } catch {
    // What is no URL is nobody's.
    return one === other;
  }
}

/** Looks for the values of bait in everything that is sent, plain and in the codings that hide nothing. */
export function baitSeeker(
  values: RunConfig['baitValues'],
  tell: (message: Extract<Said, { kind: 'bait' }>) => void,
  use: 'sent' | 'returned' = 'sent',
): (bytes: Buffer, where: string) => void {
  const needles = values.flatMap(({ token, value }) => spellings(value).map((spelling) => ({ token, spelling })));
  const told = new Set<string>();
  return (bytes, where) => {
    const text = bytes.toString('latin1');
    const lower = text.toLowerCase();
    for (const { token, spelling } of needles) {
      if (!(text.includes(spelling) || lower.includes(spelling)) || told.has(`${token} ${where}`)) continue;
      told.add(`${token} ${where}`);
      tell({ kind: 'bait', token, use, where });
    }
  };
}

function spellings(value: string): string[] {
  // Base64 of a text depends on where in it the value begins; the characters that depend on neighbours are cut off.
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}${value}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1, -4),
  );
  const hex = Buffer.from(value).toString('hex');
  return [value, value.toLowerCase(), encodeURIComponent(value), hex, [...value].reverse().join(''), ...encoded];
}
