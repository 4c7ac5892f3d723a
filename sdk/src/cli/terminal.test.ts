import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { testIo } from '../../testing/test-io.ts';
import { columns, count, paintFor, plain, progressLine, size } from './terminal.ts';

describe('colours', () => {
  it.each([
    [{ terminal: true }, true],
    [{ terminal: false }, false],
    [{ terminal: true, env: { NO_COLOR: '1' } }, false],
    [{ terminal: true, env: { NO_COLOR: '' } }, true],
    [{ terminal: true, env: { TERM: 'dumb' } }, false],
    [{ terminal: false, env: { FORCE_COLOR: '1' } }, true],
    [{ terminal: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
    [{ terminal: false, env: { FORCE_COLOR: '0' } }, false],
  ])('with %j: %s', async (options, coloured) => {
    const paint = paintFor(await testIo(options), 'stdout');
    expect(paint('red', 'x')).toBe(coloured ? '\u001b[31mx\u001b[0m' : 'x');
  });
});

describe('text from elsewhere', () => {
  it('cannot move the cursor, ring the bell or turn around', () => {
    expect(plain('a\u001b[2Jb\u0007c\u202ed\r')).toBe('a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFD');
    expect(plain('tab\tand\nline, é 日本')).toBe('tab\tand\nline, é 日本');
  });
});

describe('words', () => {
  it('count and measure', () => {
    expect([count(0, 'file'), count(1, 'file'), count(1234, 'file')]).toEqual(['0 files', '1 file', '1,234 files']);
    expect([size(0), size(1023), size(1024), size(1024 * 1024 - 1), size(1024 * 1024)]).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1024.0 KiB',
      '1.0 MiB',
    ]);
    expect(
      columns(
        [
          ['a', 'bb', 'c'],
          ['aaa', 'b', ''],
        ],
        ' ',
      ),
    ).toBe(' a    bb  c\n aaa  b\n');
  });
});

describe('progress', () => {
  it('shows after a moment, on a terminal only, and goes away', async () => {
    const io = await testIo({ terminal: true });
    const line = progressLine(io, false);
    line.update('soon');
    expect(io.err()).toBe('');
    await io.wait(400);
    line.update('working');
    line.update('working');
    line.done();
    line.done();
    expect(io.err()).toBe('\r\u001b[2Kworking\r\u001b[2K');
    const quiet = await testIo({ terminal: true });
    const silent = progressLine(quiet, true);
    await quiet.wait(1000);
    silent.update('x');
    silent.done();
    expect(quiet.err()).toBe('');
  });

  it('also shows what was said only once, when it takes long, and never after the end', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const io = await testIo({ terminal: true });
    const line = progressLine(io, false);
    line.update('Building …');
    vi.advanceTimersByTime(399);
    expect(io.err()).toBe('');
    vi.advanceTimersByTime(1);
    expect(io.err()).toBe('\r\u001b[2KBuilding …');
    line.done();
    line.update('again');
    line.done();
    vi.advanceTimersByTime(1000);
    expect(io.err()).toBe('\r\u001b[2KBuilding …\r\u001b[2K');
  });
});
