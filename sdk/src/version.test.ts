import { expect, test } from 'vitest';
import { compareVersions, isPrerelease, latestOf } from './version.ts';

test('versions have the order of Semantic Versioning 2.0, section 11', () => {
  const ordered = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.9.0',
    '1.10.0',
    '2.0.0',
  ];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
});

test('build metadata breaks a tie, so that every list has one order', () => {
  expect(compareVersions('1.0.0+a', '1.0.0+b')).toBeLessThan(0);
});

test.each([
  ['1.0.0-rc.1', true],
  ['1.0.0-0', true],
  ['1.0.0', false],
  ['1.0.0+build.5', false],
])('%s is a prerelease: %s', (version, expected) => {
  expect(isPrerelease(version)).toBe(expected);
});

test('the latest version is the highest one that is no prerelease', () => {
  expect(latestOf(['1.2.0', '1.10.0', '2.0.0-rc.1', '1.9.9'])).toBe('1.10.0');
  expect(latestOf(['1.0.0-rc.1'])).toBeNull();
  expect(latestOf([])).toBeNull();
});
