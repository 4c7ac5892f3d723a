import { describe, expect, test } from 'vitest';
import {
  bytes,
  changedPart,
  count,
  counted,
  digestBars,
  exact,
  hostParts,
  percent,
  shortDigest,
  signed,
  span,
  when,
} from './format.ts';

const NOW = Date.parse('2026-11-21T14:00:00.000Z');
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1204, '1,204'],
    [1_000_000, '1,000,000'],
    [-14, '−14'],
  ])('%d is %s', (value, expected) => expect(count(value)).toBe(expected));

  test.each([
    [-14, '−14'],
    [5, '+5'],
    [0, '0'],
    [-0.04, '0'],
    [-2.5, '−2.5'],
  ])('a change of %d is %s', (value, expected) => expect(signed(value)).toBe(expected));

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [184 * 1024, '184 KB'],
    [1023.9 * 1024, '1.0 MB'],
    [1.4 * 1024 * 1024, '1.4 MB'],
    [16 * 1024 * 1024, '16 MB'],
    [4 * 1024 ** 3, '4.0 GB'],
  ])('%d bytes are %s', (value, expected) => expect(bytes(value)).toBe(expected));

  test('one is singular, all else plural', () => {
    expect(counted(1, 'host')).toBe('1 host');
    expect(counted(0, 'host')).toBe('0 hosts');
    expect(counted(2, 'new', 'new')).toBe('2 new');
  });

  test('a percentage is whole and never above 100 or divided by nothing', () => {
    expect(percent(58, 92)).toBe('63 %');
    expect(percent(93, 92)).toBe('100 %');
    expect(percent(1, 0)).toBe('0 %');
  });
});

describe('times', () => {
  test.each([
    [ago(0), 'just now'],
    [ago(4_999), 'just now'],
    [ago(5_000), '5 s ago'],
    [ago(12 * MINUTE), '12 min ago'],
    [ago(2 * HOUR), '2 h ago'],
    [ago(24 * HOUR - 1), '23 h ago'],
    [ago(24 * HOUR), '20 Nov'],
    ['2025-11-14T10:00:00Z', '14 Nov 2025'],
    [ago(-3 * HOUR), 'in 3 h'],
    [ago(-7 * 24 * HOUR), '28 Nov'],
    ['nothing', 'not known'],
  ])('%s is %s', (instant, expected) => expect(when(instant, NOW)).toBe(expected));

  test('a span has its two largest units', () => {
    expect(span(52 * HOUR)).toBe('2 d 4 h');
    expect(span(48 * HOUR)).toBe('2 d');
    expect(span(-1)).toBe('0 s');
  });

  test('evidence says the exact second in UTC', () => {
    expect(exact('2026-11-14T10:05:07.123Z')).toBe('14 Nov 2026, 10:05:07 UTC');
    expect(exact('x')).toBe('not known');
  });
});

describe('digests', () => {
  const DIGEST = `sha256:fe5aaf46e2e7${'0'.repeat(52)}`;
  test('twelve hex digits stand for it, eight make its mark', () => {
    expect(shortDigest(DIGEST)).toBe('fe5aaf46e2e7');
    expect(digestBars(DIGEST)).toEqual([15, 14, 5, 10, 10, 15, 4, 6]);
  });
  test('a text that is no digest has a flat mark', () => expect(digestBars('sha256:zz')).toEqual([0, 0]));
});

describe('hosts', () => {
  test.each([
    ['api.paytrail.example', 'api.', 'paytrail.example'],
    ['paytrail.example', '', 'paytrail.example'],
    ['a.b.c.cdn-metrics.example', 'a.b.c.', 'cdn-metrics.example'],
    ['shop.acme.co.uk', 'shop.', 'acme.co.uk'],
    ['acme.co.uk', '', 'acme.co.uk'],
    ['169.254.169.254', '', '169.254.169.254'],
    ['2001:db8::1', '', '2001:db8::1'],
    ['localhost', '', 'localhost'],
  ])('the registrable end of %s is never cut', (host, head, tail) => expect(hostParts(host)).toEqual({ head, tail }));
});

describe('the changed part of a permission', () => {
  test.each([
    [null, 'hooks.relay.example:443', { start: '', changed: 'hooks.relay.example:443', end: '' }],
    ['api.paytrail.example:443', '*.paytrail.example:443', { start: '', changed: '*', end: '.paytrail.example:443' }],
    ['write out/*.csv', 'write out/**', { start: 'write out/*', changed: '*', end: '' }],
    ['same', 'same', { start: '', changed: 'same', end: '' }],
    ['data/a/b', 'data/a', { start: '', changed: 'data/a', end: '' }],
  ])('from %s to %s', (before, after, expected) => expect(changedPart(before, after)).toEqual(expected));
});
