import { expect, test } from 'vitest';
import { createLog, redact } from './log.ts';

function capture(fields?: Record<string, unknown>) {
  const lines: string[] = [];
  return {
    lines,
    log: createLog(
      (line) => lines.push(line),
      () => 0,
      fields,
    ),
  };
}

test('one event is one JSON line with its time, level, message and fields', () => {
  const { lines, log } = capture({ requestId: 'req-1' });
  log.info('published', { bytes: 5 });
  log.debug('a');
  log.warn('b');
  log.error('c');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    level: 'info',
    message: 'published',
    requestId: 'req-1',
    bytes: 5,
  });
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(['info', 'debug', 'warn', 'error']);
  expect(lines.join('')).not.toContain('\n');
});

test('a log with more fields keeps those it had', () => {
  const { lines, log } = capture({ a: 1 });
  log.with({ b: 2 }).info('x');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ a: 1, b: 2 });
});

test('no secret is written, wherever it stands', () => {
  const { lines, log } = capture({ token: 's1' });
  log.info('x', {
    headers: { Authorization: 's2', cookies: 's3' },
    list: [{ apiKey: 's4', api_key: 's5' }],
    refreshToken: 's6',
  });
  expect(lines[0]).not.toMatch(/s[1-6]/);
  expect(JSON.parse(lines[0] ?? '').headers).toEqual({ Authorization: '[redacted]', cookies: '[redacted]' });
});

test('a field whose name only contains a secret word is written', () => {
  expect(redact({ tokenCount: 3 })).toEqual({ tokenCount: 3 });
});

test('an error is spelled out with its causes, and what JSON cannot hold is made text', () => {
  const error = new TypeError('outer', { cause: new Error('inner') });
  expect(redact({ error, big: 5n, nothing: null })).toMatchObject({
    error: { name: 'TypeError', message: 'outer', stack: expect.any(String), cause: { message: 'inner' } },
    big: '5',
    nothing: null,
  });
});

test('what is nested without end is cut', () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  expect(JSON.stringify(redact(loop))).toContain('[too deep]');
});

test.each([
  [`key aeg_${'0a'.repeat(20)} was sent`, 'key [redacted] was sent'],
  ['eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', '[redacted]'],
  ['-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----', '[redacted]'],
  ['authorization: Bearer abcdefghijklmnop1234', 'authorization: [redacted]'],
  [`ghp_${'x'.repeat(36)} and AKIA${'A'.repeat(16)}`, '[redacted] and [redacted]'],
  [
    'task-force-of-the-registry skv-01jd0000000000000000000000',
    'task-force-of-the-registry skv-01jd0000000000000000000000',
  ],
])('a secret within a text is cut out of log and audit, what is none stays: %j', (text, shown) => {
  expect(redact({ note: text, list: [text] })).toEqual({ note: shown, list: [shown] });
  expect(redact({ error: new Error(text) })).toMatchObject({ error: { message: shown } });
});
