import { randomInt } from 'node:crypto';

/** A question that came to the sandbox's name server, and what is answered (RFC 1035). */
export interface Question {
  name: string;
  type: string;
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};
const HEADER_BYTES = 12;
/** Names of one run; further ones begin anew. */
const POOL_SIZE = 65_024;

/**
 * Gives every name an address of its own, so that a connection to the address names the host again, on any port. The
 * addresses look public, because some programs refuse others, and nobody can guess them: a connection to an address
 * that was never given out is what it looks like.
 */
export class NamePool {
  readonly #addresses = new Map<string, string>();
  readonly #network = `100.${randomInt(128, 256)}`;
  readonly #first = randomInt(0, POOL_SIZE);

  addressOf(name: string): string {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    const number = ((this.#first + this.#addresses.size) % POOL_SIZE) + 1;
    const address = `${this.#network}.${number >> 8}.${number & 0xff}`;
    this.#addresses.set(name, address);
    return address;
  }
}

/** The first question of a query, or null for what is none. */
export function parseQuestion(query: Buffer): (Question & { end: number }) | null {
  if (query.length < HEADER_BYTES || query.readUInt16BE(4) < 1) return null;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63 || at + length + 1 > query.length) return null;
    at++;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return null;
  const code = query.readUInt16BE(at);
  return { name: labels.join('.').toLowerCase(), type: TYPES[code] ?? `TYPE${code}`, end: at + 4 };
}

/** The answer: an address for A, else the statement that there is nothing of that type. */
export function answerTo(query: Buffer, question: { end: number }, address: string | null): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(address === null ? 0 : 1, 6);
  const asked = query.subarray(HEADER_BYTES, question.end);
  if (address === null) return Buffer.concat([header, asked]);
  const record = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([header, asked, record]);
}
