// A pod of a rig: does what it is told over the network that it has, and says what came of it.
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodeAnswer, encodeQuery } from './dns-packet.ts';
import { answerLines } from './talk.ts';

const ANSWER_WITHIN_MS = 8000;
const held = new Map<string, { socket: Socket; closedAtMs: number | null }>();

interface Ask {
  do: 'tls' | 'http' | 'raw' | 'udp' | 'dns' | 'many' | 'state';
  ip: string;
  port: number;
  name?: string;
  host?: string;
  type?: number;
  overTcp?: boolean;
  send?: string;
  keep?: string;
  times?: number;
}

answerLines(async (ask: Ask) => {
  switch (ask.do) {
    case 'tls':
      return tls(ask);
    case 'many':
      return many(ask);
    case 'http':
      return raw(ask, ask.send ?? `GET / HTTP/1.1\r\nHost: ${ask.host}\r\nConnection: close\r\n\r\n`);
    case 'raw':
      return raw(ask, ask.send ?? '');
    case 'udp':
      return udp(ask, Buffer.from(ask.send ?? 'ping'));
    case 'dns':
      return dns(ask);
    case 'state':
      return { closedAtMs: held.get(ask.keep ?? '')?.closedAtMs ?? null };
  }
});

/** What the server said, or why there was none. With `keep` the connection stays. */
function tls({ ip, port, name, keep }: Ask): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: ip,
      port,
      ...(name === undefined ? {} : { servername: name }),
      ciphers: 'PSK',
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk: Buffer.from('rig'), identity: 'pod' }),
      checkServerIdentity: () => undefined,
    });
    const end = { socket, closedAtMs: null as number | null };
    if (keep !== undefined) held.set(keep, end);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('TIMEOUT')));
    socket.once('data', (text) => {
      socket.setTimeout(0);
      if (keep === undefined) socket.destroy();
      resolve({ ok: true, ...JSON.parse(text.toString('utf8')) });
    });
    socket.on('error', (error) => resolve({ ok: false, error: 'code' in error ? error.code : error.message }));
    socket.on('close', () => {
      end.closedAtMs = Date.now();
      resolve({ ok: false, error: 'CLOSED' });
    });
  });
}

async function many(ask: Ask): Promise<unknown> {
  let denied = 0;
  for (let done = 0; done < (ask.times ?? 0); done += 20) {
    const some = Math.min(20, (ask.times ?? 0) - done);
    const said = await Promise.all(Array.from({ length: some }, () => tls(ask)));
    denied += said.filter((one) => JSON.stringify(one).includes('"ok":false')).length;
  }
  return { denied };
}

function raw({ ip, port }: Ask, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect(port, ip);
    let said = '';
    let isConnected = false;
    const done = (error: string | null) => resolve({ ok: isConnected && said !== '', isConnected, said, error });
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('TIMEOUT')));
    socket.on('connect', () => {
      isConnected = true;
      if (text !== '') socket.write(Buffer.from(text, 'latin1'));
    });
    socket.on('data', (part) => {
      said += part.toString('utf8');
    });
    socket.on('error', (error) => done('code' in error ? String(error.code) : error.message));
    socket.on('close', () => done(null));
  });
}

function udp({ ip, port }: Ask, packet: Buffer): Promise<{ ok: boolean; answer?: Buffer }> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (found: { ok: boolean; answer?: Buffer }) => {
      clearTimeout(timer);
      socket.close();
      resolve(found);
    };
    const timer = setTimeout(() => finish({ ok: false }), 700);
    socket.on('message', (answer) => finish({ ok: true, answer }));
    socket.on('error', () => finish({ ok: false }));
    socket.connect(port, ip, () => socket.send(packet));
  });
}

async function dns({ ip, name = '', type = 1, overTcp }: Ask): Promise<unknown> {
  const query = encodeQuery(name, type);
  if (overTcp !== true) {
    const { ok, answer } = await udp({ do: 'udp', ip, port: 53 }, query);
    return ok && answer !== undefined ? decodeAnswer(answer) : { code: null, addresses: [] };
  }
  return new Promise((resolve) => {
    const socket = connect(53, ip, () => socket.write(Buffer.concat([Buffer.from([0, query.length]), query])));
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(decodeAnswer(answer.subarray(2)));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ code: null, addresses: [] }));
  });
}
