import { expect, it } from 'vitest';
import { isBehind, wireStanding } from './version.ts';

it.each([
  ['1.0', '1.0', 'fits'],
  ['1.2', '1.3', 'fits'],
  ['1.1', '1.3', 'older'],
  ['0.9', '1.0', 'older'],
  ['1.9', '1.3', 'fits'],
  ['2.0', '1.3', 'newer'],
  ['one', '1.0', 'unreadable'],
  ['1', '1.0', 'unreadable'],
  ['1.0.0', '1.0', 'unreadable'],
  ['', '1.0', 'unreadable'],
])('a peer of wire %s stands to %s: %s', (peer, own, expected) => {
  expect(wireStanding(peer, own)).toBe(expected);
});

it.each([
  ['1.2', '1.3', true],
  ['1.3', '1.3', false],
  ['1.4', '1.3', false],
  ['0.9', '1.0', true],
  ['2.0', '1.9', false],
  ['?', '1.0', false],
])('a peer of wire %s is behind %s: %s', (peer, own, expected) => {
  expect(isBehind(peer, own)).toBe(expected);
});
