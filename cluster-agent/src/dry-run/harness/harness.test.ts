import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from './certificates.ts';
import { answerTo, NamePool, parseQuestion } from './names.ts';
import { baitSeeker } from './sinkhole.ts';
import { TraceRelay } from './trace-relay.ts';

describe('the authority of a run', () => {
  it('signs a certificate for any name, which a client that trusts it accepts and another does not', async () => {
    const authority = makeAuthority();
    const leaf = authority.certificateFor('api.example.com');
    const root = new X509Certificate(authority.cert);
    expect(new X509Certificate(leaf.cert).verify(root.publicKey)).toBe(true);
    expect(root.ca).toBe(true);
    expect(new X509Certificate(authority.certificateFor('203.0.113.7').cert).checkIP('203.0.113.7')).toBe(
      '203.0.113.7',
    );
    const server = createServer(leaf, (socket) => socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const dial = (options: { ca?: string; servername: string }) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, ...options });
        socket
          .on('secureConnect', () => resolve('accepted'))
          .on('error', (error) => resolve(`refused: ${error.message}`));
      });
    expect(await dial({ ca: authority.cert, servername: 'api.example.com' })).toBe('accepted');
    expect(await dial({ ca: authority.cert, servername: 'other.example.com' })).toMatch(/refused/);
    expect(await dial({ servername: 'api.example.com' })).toMatch(/refused/);
    server.close();
  });
});

describe('the name server', () => {
  const query = (name: string, type: number) => {
    const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
    return Buffer.concat([
      Buffer.from([1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      ...labels,
      Buffer.from([0, 0, type, 0, 1]),
    ]);
  };

  it('reads questions, and answers with an address or with the statement that there is none', () => {
    const asked = query('API.example.com', 1);
    const question = parseQuestion(asked);
    expect(question).toMatchObject({ name: 'api.example.com', type: 'A' });
    const answer = answerTo(asked, question ?? { end: 0 }, '198.18.0.5');
    expect([...answer.subarray(0, 8)]).toEqual([1, 2, 0x81, 0x80, 0, 1, 0, 1]);
    expect([...answer.subarray(-4)]).toEqual([198, 18, 0, 5]);
    expect([...answerTo(asked, question ?? { end: 0 }, null).subarray(4, 8)]).toEqual([0, 1, 0, 0]);
    expect(parseQuestion(query('x.example', 16))).toMatchObject({ type: 'TXT' });
  });

  it('takes no question from what is none', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(12), Buffer.alloc(40, 0xff), query('a.b', 1).subarray(0, -3)])
      expect(parseQuestion(bytes)).toBeNull();
  });

  it('gives every name an address of its own, and the same one again', () => {
    const pool = new NamePool();
    const [one, two] = [pool.addressOf('a.example'), pool.addressOf('b.example')];
    expect(one).not.toBe(two);
    expect(pool.addressOf('a.example')).toBe(one);
  });
});

describe('bait', () => {
  const value = 'AKIAIOSFODNN7EXAMPLE';
  it.each([
    ['plain', `key=${value}`],
    ['in base64, wherever in the text it begins', Buffer.from(`k=${value};`).toString('base64')],
    ['in base64 at another place', Buffer.from(`ke=${value};`).toString('base64')],
    ['in hex', Buffer.from(value).toString('hex')],
    ['backwards', [...value].reverse().join('')],
    ['in a name, where case is lost', `${value.toLowerCase()}.evil.example`],
  ])('is known %s', (_how, sent) => {
    const alarms: unknown[] = [];
    const seek = baitSeeker([{ token: 'the key', value }], (alarm) => alarms.push(alarm));
    seek(Buffer.from(sent), 'evil.example:443');
    seek(Buffer.from('nothing of it'), 'good.example:443');
    expect(alarms).toEqual([{ kind: 'bait', token: 'the key', use: 'sent', where: 'evil.example:443' }]);
  });
});

describe('the relay of the trace', () => {
  it('passes every line on, counts them, and knows the end of the first process only', async () => {
    const said: string[] = [];
    const relay = new TraceRelay({
      bytesMax: 1000,
      say: (message) => message.kind === 'trace' && said.push(...message.lines),
    });
    relay.take('5 open("a") = 3\n6 +++ exited with 1 +++\n5 o');
    expect(relay.exitOfMain).toBeNull();
    relay.take('pen("b") = 4\n5 +++ killed by SIGKILL +++\n');
    await relay.mainExit;
    expect(relay.exitOfMain).toEqual({ code: null, signal: 'SIGKILL' });
    const marked = relay.until('<end>');
    relay.take('<end>\n');
    await marked;
    expect(said).toEqual([
      '5 open("a") = 3',
      '6 +++ exited with 1 +++',
      '5 open("b") = 4',
      '5 +++ killed by SIGKILL +++',
    ]);
    expect(relay.lines).toBe(4);
  });

  it('cuts a flood, says so once, and still sees the end', async () => {
    const said: string[] = [];
    const relay = new TraceRelay({ bytesMax: 20, say: (message) => said.push(message.kind) });
    relay.take('5 open("a") = 3\n5 open("b") = 3\n5 open("c") = 3\n5 +++ exited with 0 +++\n');
    await relay.mainExit;
    expect(relay).toMatchObject({ isTruncated: true, lines: 1 });
    expect(said.filter((kind) => kind === 'limit')).toHaveLength(1);
  });
});
