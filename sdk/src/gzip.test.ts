import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bytesOf, concat } from '../testing/tar-writer.ts';
import { gunzip, gzip } from './gzip.ts';

const HELLO = bytesOf('hello '.repeat(50_000));
const reasons = (bytes: Uint8Array) => gunzip(bytes, 1_000_000).problems.map(({ reason }) => reason);

/** A gzip of zlib with another header: flags, and what they announce. */
function withHeader(flags: number, fields: Uint8Array): Uint8Array {
  const plain = new Uint8Array(gzipSync(HELLO));
  return concat([plain.subarray(0, 3), Uint8Array.of(flags), plain.subarray(4, 10), fields, plain.subarray(10)]);
}

test('zlib reads what we write, and we read what zlib writes', () => {
  expect(new Uint8Array(gunzipSync(gzip(HELLO)))).toEqual(HELLO);
  expect(gunzip(new Uint8Array(gzipSync(HELLO)), 1_000_000)).toEqual({
    bytes: HELLO,
    complete: true,
    overflow: false,
    problems: [],
  });
});

test('the header names no file, no time and no system', () => {
  expect([...gzip(HELLO).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
});

test('the bound itself is allowed, one byte more overflows and gives the bytes up to the bound', () => {
  expect(gunzip(gzip(HELLO), HELLO.length)).toMatchObject({ complete: true, overflow: false });
  const { bytes, ...rest } = gunzip(gzip(HELLO), HELLO.length - 1);
  expect(rest).toEqual({ complete: false, overflow: true, problems: [] });
  expect(bytes).toEqual(HELLO.subarray(0, -1));
});

test('a length that lies makes the buffer grow, and is told', () => {
  const small = gzip(HELLO);
  small.set([1, 0, 0, 0], small.length - 4);
  expect(gunzip(small, 1_000_000)).toMatchObject({ bytes: HELLO, problems: [{ reason: 'gzip-checksum' }] });
});

describe('headers of RFC 1952', () => {
  test.each([
    ['a name', withHeader(8, bytesOf('x.tar\0'))],
    ['a comment', withHeader(16, bytesOf('hi\0'))],
    ['an extra field', withHeader(4, Uint8Array.of(2, 0, 7, 7))],
    ['all of them', withHeader(4 + 8 + 16, concat([Uint8Array.of(1, 0, 7), bytesOf('x\0y\0')]))],
  ])('%s is skipped', (_, bytes) => {
    expect(gunzip(bytes, 1_000_000)).toMatchObject({ bytes: HELLO, problems: [] });
  });

  test('a header checksum is checked', () => {
    const header = withHeader(2, Uint8Array.of(0, 0)).subarray(0, 10);
    const crc = crc16(header);
    const right = withHeader(2, Uint8Array.of(crc & 255, crc >> 8));
    expect(reasons(right)).toEqual([]);
    expect(new Uint8Array(gunzipSync(right))).toEqual(HELLO);
    expect(reasons(withHeader(2, Uint8Array.of((crc + 1) & 255, crc >> 8)))).toEqual(['gzip-header']);
  });

  test.each([
    ['an unknown flag', 'gzip-header', withHeader(0x20, new Uint8Array(0))],
    ['an unknown method', 'gzip-header', concat([Uint8Array.of(0x1f, 0x8b, 7), gzip(HELLO).subarray(3)])],
    ['a name without an end', 'truncated-gzip', concat([withHeader(8, bytesOf('name')).subarray(0, 14)])],
    ['an extra field beyond the end', 'truncated-gzip', withHeader(4, Uint8Array.of(255, 255))],
    ['an extra field cut in its length', 'truncated-gzip', withHeader(4, new Uint8Array(0)).subarray(0, 11)],
    ['a header checksum cut off', 'truncated-gzip', withHeader(2, new Uint8Array(0)).subarray(0, 11)],
    ['one byte', 'not-gzip', Uint8Array.of(0x1f)],
    ['only the magic', 'truncated-gzip', Uint8Array.of(0x1f, 0x8b)],
  ])('%s is told', (_, reason, bytes) => {
    expect(reasons(bytes)).toEqual([reason]);
  });
});

function crc16(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) & 0xffff;
}
