import { gzipSync } from 'node:zlib';

/** One member as a test wants it, right or wrong. Everything but the name has a harmless default. */
export interface Member {
  name: string | Uint8Array;
  data?: string | Uint8Array;
  /** The type flag; '0' is a regular file. */
  type?: string;
  /** The text of the size field; default: the true size in octal. Bytes for base-256. */
  size?: string | Uint8Array;
  /** The text of the mode field. */
  mode?: string;
  prefix?: string | Uint8Array;
  link?: string;
  magic?: string;
  /** Fills the device fields with zeros, as some writers do. */
  device?: boolean;
  /** The text of the checksum field; default: the true checksum. */
  checksum?: string;
}

/** A tar of exactly these members: the tests' own writer, which stops at nothing. */
export function writeMembers(members: readonly Member[], end: Uint8Array = new Uint8Array(1024)): Uint8Array {
  return concat([...members.flatMap((member) => [header(member), padded(bytesOf(member.data ?? ''))]), end]);
}

/** The same, gzipped by zlib and not by the code under test. */
export function archiveOf(members: readonly Member[], end?: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(writeMembers(members, end), { level: 3 }));
}

/** A pax header member with these records. */
export function pax(records: Record<string, string>, type: 'x' | 'g' = 'x'): Member {
  const data = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const bytes = bytesOf(rest).length;
    const length = bytes + String(bytes + String(bytes).length).length;
    return `${length}${rest}`;
  });
  return { name: 'PaxHeader/x', type, data: data.join('') };
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}

function header(member: Member): Uint8Array {
  const block = new Uint8Array(512);
  const put = (data: string | Uint8Array, at: number) => block.set(bytesOf(data), at);
  const size = bytesOf(member.data ?? '')
    .length.toString(8)
    .padStart(11, '0');
  put(member.name, 0);
  put(member.mode ?? '0000644\0', 100);
  put('0000000\x000000000\0', 108);
  put(member.size ?? `${size}\0`, 124);
  put('00000000000\0        ', 136);
  put(member.type ?? '0', 156);
  put(member.link ?? '', 157);
  put(member.magic ?? 'ustar\x0000', 257);
  put(member.device === true ? '0000000\x000000000\0' : '', 329);
  put(member.prefix ?? '', 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(member.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(data: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(data.length / 512) * 512);
  block.set(data);
  return block;
}
