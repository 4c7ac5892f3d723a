import { describe, expect, it } from 'vitest';
import { codeFrame } from './code-frame.ts';

const bare = (_style: string, text: string) => text;

describe('a code frame', () => {
  it('shows the line, its neighbours and the column', () => {
    expect(codeFrame('one\ntwo\nthree\nfour', { line: 2, column: 3 }, bare)).toBe(
      '      1 | one\n    > 2 | two\n        |   ^\n      3 | three',
    );
  });

  it('stays within the text at both ends', () => {
    expect(codeFrame('one\ntwo', { line: 1, column: 1 }, bare)).toBe('    > 1 | one\n        | ^\n      2 | two');
    expect(codeFrame('one\ntwo', { line: 2, column: 1 }, bare)).toBe('      1 | one\n    > 2 | two\n        | ^');
    expect(codeFrame('', { line: 1, column: 1 }, bare)).toBe('    > 1 | \n        | ^');
  });

  it('cuts a long line around the column, and keeps the mark below it', () => {
    const [line = '', mark = ''] = codeFrame(
      `${'x'.repeat(500)}HERE${'y'.repeat(500)}`,
      { line: 1, column: 501 },
      bare,
    ).split('\n');
    expect(line.length).toBeLessThan(130);
    expect(line.slice(mark.indexOf('^')).startsWith('HERE')).toBe(true);
  });

  it('shows tabs as one place and control characters as none', () => {
    expect(codeFrame('\tx\u001b', { line: 1, column: 2 }, bare)).toContain('1 |  x\uFFFD');
  });
});
