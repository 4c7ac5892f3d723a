/** What a rig asks and answers: one question, and for answers only addresses and names. */
export const TYPES = {
  A: 1,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  SVCB: 64,
  HTTPS: 65,
  NULL: 10,
  ANY: 255,
} as const;

export interface Question {
  id: number;
  name: string;
  type: number;
}

export function encodeQuery(name: string, type: number): Buffer {
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, encodeName(name), Buffer.from([type >> 8, type & 255, 0, 1])]);
}

export function decodeQuestion(packet: Buffer): Question {
  const { name, end } = decodeName(packet, 12);
  return { id: packet.readUInt16BE(0), name, type: packet.readUInt16BE(end) };
}

/** The answer with these addresses; `null` says that there is no such name. */
export function encodeAnswer(query: Buffer, addresses: readonly string[] | null): Buffer {
  const { end } = decodeName(query, 12);
  const question = query.subarray(12, end + 4);
  const type = question.subarray(-4, -2);
  const records = (addresses ?? []).map((address) => {
    const data = address.includes(':') ? v6(address) : Buffer.from(address.split('.').map(Number));
    return Buffer.concat([Buffer.from([0xc0, 12]), type, Buffer.from([0, 1, 0, 0, 0, 1, 0, data.length]), data]);
  });
  const header = Buffer.from([
    query[0] ?? 0,
    query[1] ?? 0,
    0x81,
    addresses === null ? 0x83 : 0x80,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

export function decodeAnswer(packet: Buffer): { code: number; addresses: string[] } {
  const count = packet.readUInt16BE(6);
  let at = decodeName(packet, 12).end + 4;
  const addresses: string[] = [];
  for (let index = 0; index < count; index++) {
    at = decodeName(packet, at).end;
    const length = packet.readUInt16BE(at + 8);
    if (packet.readUInt16BE(at) === TYPES.A) addresses.push([...packet.subarray(at + 10, at + 14)].join('.'));
    at += 10 + length;
  }
  return { code: (packet[3] ?? 0) & 15, addresses };
}

function encodeName(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

function decodeName(packet: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = packet[at] ?? 0; length !== 0; length = packet[at] ?? 0) {
    if (length >= 0xc0) return { name: labels.join('.'), end: at + 2 };
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** Only the spellings that the rig uses: with one `::`, the last group perhaps as IPv4. */
function v6(address: string): Buffer {
  const spelled = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) * 256 + Number(b)).toString(16), (Number(c) * 256 + Number(d)).toString(16)].join(':'),
  );
  const [head = '', tail = ''] = spelled.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0');
  const words = [...groups(head), ...zeros, ...groups(tail)].map((group) => Number.parseInt(group, 16));
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 255]));
}
