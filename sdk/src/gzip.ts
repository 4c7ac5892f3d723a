import { deflateRaw, Inflate, type ZStream } from 'pako';
import type { ArchiveReason } from './archive.ts';

/**
 * The level and the hash are pinned: one pure-JavaScript deflate gives the same bytes on every runtime, where the
 * zlib of each platform gives its own.
 */
const DEFLATE = { level: 9, windowBits: 15, memLevel: 8, strategy: 0, legacyHash: true } as const;
/** RFC 1952: magic, deflate, no flags, no time, no hint, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const TRAILER_BYTES = 8;
const CHUNK_BYTES = 64 * 1024;
const SLICE_BYTES = 4 * 1024;

const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
/** What pako answers when the input ends before the stream does. */
const INPUT_ENDED = -5;

export interface GzipProblem {
  reason: ArchiveReason;
  message: string;
}

/** What could be inflated. `complete` is false when bytes are missing: `bytes` then holds what came before. */
export interface Gunzipped {
  bytes: Uint8Array;
  complete: boolean;
  /** True when the stream holds more than `bytesMax`; inflating stopped there. */
  overflow: boolean;
  problems: GzipProblem[];
}

/** One gzip member (RFC 1952) without a name or a time: the same input gives the same bytes on every machine. */
export function gzip(bytes: Uint8Array): Uint8Array {
  const deflated = deflateRaw(bytes, DEFLATE);
  const member = new Uint8Array(HEADER.length + deflated.length + TRAILER_BYTES);
  member.set(HEADER);
  member.set(deflated, HEADER.length);
  const trailer = new DataView(member.buffer, HEADER.length + deflated.length);
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.length, true);
  return member;
}

/** Reads exactly one gzip member, at most `bytesMax` of it. Never throws; whatever is wrong stands in `problems`. */
export function gunzip(bytes: Uint8Array, bytesMax: number): Gunzipped {
  const header = readHeader(bytes);
  if (typeof header !== 'number') {
    return { bytes: new Uint8Array(0), complete: false, overflow: false, problems: [header] };
  }
  const inflated = inflateBounded(bytes.subarray(header), { bytesMax, hint: declaredLength(bytes) });
  const { overflow, problem } = inflated;
  if (overflow || problem !== null) {
    return { bytes: inflated.bytes, complete: false, overflow, problems: problem === null ? [] : [problem] };
  }
  const problems = checkTrailer(inflated.bytes, bytes.subarray(header + inflated.consumed));
  return { bytes: inflated.bytes, complete: true, overflow, problems };
}

/** Where the deflate stream starts, or what is wrong with the header. */
function readHeader(bytes: Uint8Array): number | GzipProblem {
  if (bytes.length === 0)
    return { reason: 'empty', message: 'The file is empty; wanted a tar.gz made by `aegis build`.' };
  if (!isGzip(bytes)) {
    return {
      reason: 'not-gzip',
      message: 'The bytes do not start with the gzip magic 1f 8b; wanted a tar.gz made by `aegis build`.',
    };
  }
  if (bytes.length <= HEADER.length) return truncated('inside the gzip header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint8(3);
  if (view.getUint8(2) !== 8 || (flags & FLAG.reserved) !== 0) {
    return {
      reason: 'gzip-header',
      message: 'The gzip header names an unknown method or flag; pack again with `aegis build`.',
    };
  }
  const end = skipFields(bytes, flags);
  if (end === null || end + 2 >= bytes.length) return truncated('inside the gzip header');
  if ((flags & FLAG.headerChecksum) === 0) return end;
  if ((crc32(bytes.subarray(0, end)) & 0xffff) !== view.getUint16(end, true)) {
    return {
      reason: 'gzip-header',
      message: 'The gzip header does not match its own checksum; upload the file again.',
    };
  }
  return end + 2;
}

/** Where the optional fields end: extra, name, comment; null when one of them does not. */
function skipFields(bytes: Uint8Array, flags: number): number | null {
  let offset = HEADER.length;
  if ((flags & FLAG.extra) !== 0) {
    if (bytes.length < offset + 2) return null;
    offset += 2 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(offset, true);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, offset);
    if (end === -1) return null;
    offset = end + 1;
  }
  return offset;
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

function truncated(where: string): GzipProblem {
  return {
    reason: 'truncated-gzip',
    message: `The archive ends ${where}; the file was cut short. Build it again, or upload it again.`,
  };
}

/** The uncompressed length that the last four bytes state; only a hint for the buffer until it is checked. */
function declaredLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

function checkTrailer(inflated: Uint8Array, rest: Uint8Array): GzipProblem[] {
  if (rest.length < TRAILER_BYTES) return [truncated('before the gzip checksum')];
  const trailer = new DataView(rest.buffer, rest.byteOffset);
  const problems: GzipProblem[] = [];
  if (trailer.getUint32(0, true) !== crc32(inflated) || trailer.getUint32(4, true) !== inflated.length) {
    problems.push({
      reason: 'gzip-checksum',
      message: 'The content does not match the gzip checksum and length; the file is damaged. Build it again.',
    });
  }
  const extra = rest.length - TRAILER_BYTES;
  if (extra === 0) return problems;
  if (isGzip(rest.subarray(TRAILER_BYTES))) {
    problems.push({
      reason: 'concatenated-members',
      message: 'A second gzip member follows the first; readers differ on whether it counts. Wanted exactly one.',
    });
  } else {
    problems.push({
      reason: 'trailing-bytes',
      message: `${extra} bytes follow the gzip stream; wanted none. Remove them.`,
    });
  }
  return problems;
}

interface Inflated {
  bytes: Uint8Array;
  /** Bytes of input that the stream took. */
  consumed: number;
  overflow: boolean;
  problem: GzipProblem | null;
}

/**
 * Inflates slice by slice into one buffer and stops at the bound, so that a bomb never unfolds: a slice gives at most
 * 1032 times its length (deflate's own bound), and what is beyond the bound is not kept.
 */
function inflateBounded(deflated: Uint8Array, { bytesMax, hint }: { bytesMax: number; hint: number }): Inflated {
  const inflate = new Inflate({ windowBits: -15, chunkSize: CHUNK_BYTES });
  let buffer = new Uint8Array(Math.min(bytesMax, Math.max(hint, CHUNK_BYTES)));
  let length = 0;
  let consumed = 0;
  let overflow = false;
  let stream: ZStream;
  inflate.onStart = (started) => {
    stream = started;
  };
  inflate.onData = (chunk) => {
    if (length + chunk.length > buffer.length) buffer = grow(buffer, Math.min(bytesMax, (length + chunk.length) * 2));
    const kept = chunk.subarray(0, buffer.length - length);
    buffer.set(kept, length);
    length += kept.length;
    overflow ||= kept.length < chunk.length;
  };
  inflate.onEnd = () => {
    consumed += stream.next_in;
  };
  while (!inflate.ended && !overflow) {
    const slice = deflated.subarray(consumed, consumed + SLICE_BYTES);
    const isLast = consumed + slice.length === deflated.length;
    inflate.push(slice, isLast);
    if (!inflate.ended) consumed += slice.length;
  }
  return { bytes: buffer.subarray(0, length), consumed, overflow, problem: overflow ? null : inflateProblem(inflate) };
}

function grow(buffer: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(length);
  grown.set(buffer);
  return grown;
}

function inflateProblem(inflate: Inflate): GzipProblem | null {
  if (inflate.err === 0) return null;
  if (inflate.err === INPUT_ENDED) return truncated('inside the compressed data');
  return {
    reason: 'gzip-corrupt',
    message: `The compressed data is damaged (${inflate.msg}); build the archive again.`,
  };
}

/** RFC 1952 section 8; a view, because reading it always gives a number. */
const CRC_TABLE = new DataView(new ArrayBuffer(1024));
for (let index = 0; index < 256; index++) {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  CRC_TABLE.setUint32(index * 4, value);
}

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ CRC_TABLE.getUint32(((value ^ byte) & 0xff) * 4);
  return (value ^ 0xffffffff) >>> 0;
}
