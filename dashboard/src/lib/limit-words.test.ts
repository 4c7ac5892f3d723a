import { expect, test } from 'vitest';
import { limitWords } from './limit-words.ts';

test('limits are said with their units', () => {
  const limits = { cpus: 1, memoryMb: 512, diskMb: 128, processes: 50, lifeSeconds: 300, callSeconds: 30 };
  expect(limitWords(limits)).toEqual([
    '1 CPU',
    '512 MB memory',
    '128 MB disk',
    '50 processes',
    '300 s in all',
    '30 s a call',
  ]);
});

test('what is not known is said as it stands', () => {
  expect(limitWords({ future: 3, cpus: 'two' })).toEqual(['future 3', 'cpus two']);
  expect(limitWords(undefined)).toEqual([]);
  expect(limitWords('x')).toEqual([]);
});
