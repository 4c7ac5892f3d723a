import { expect, test } from 'vitest';
import { excerptOf, ownLine } from './excerpt.ts';

const CONTENT = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`).join('\n');
const step = (line: number, file = 'a.ts') => ({ file, line, column: 1, note: '' });

test('the lines of source, through and sink are marked, each with two lines around it', () => {
  const lines = excerptOf(CONTENT, { file: 'a.ts', line: 52, flow: [step(41), step(44), step(52)] });
  expect(lines.map((line) => line.number)).toEqual([39, 40, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54]);
  expect(lines.filter((line) => line.mark !== null).map((line) => [line.number, line.mark, line.step])).toEqual([
    [41, 'through', 1],
    [44, 'through', 2],
    [52, 'sink', 3],
  ]);
  expect(lines.filter((line) => line.gap).map((line) => line.number)).toEqual([50]);
});

test('steps in other files do not mark lines of this one', () => {
  const lines = excerptOf(CONTENT, { file: 'a.ts', line: 3, flow: [step(30, 'b.ts'), step(3)] });
  expect(lines.map((line) => line.number)).toEqual([1, 2, 3, 4, 5]);
  expect(lines[2]).toMatchObject({ mark: 'sink', step: 2 });
});

test('a line beyond the end of the file shows nothing, and a long line is cut', () => {
  expect(excerptOf('one\ntwo', { file: 'a.ts', line: 90 })).toEqual([]);
  expect(excerptOf('x'.repeat(1000), { file: 'a.ts', line: 1 })[0]?.text).toHaveLength(400);
});

test('before the file was read, the finding’s own line stands alone', () => {
  expect(ownLine({ file: 'a.ts', line: 7, excerpt: 'eval(x)' })).toEqual([
    { number: 7, text: 'eval(x)', mark: 'sink', step: null, gap: false },
  ]);
  expect(ownLine({ file: 'a.ts', line: 7 })).toEqual([]);
});
