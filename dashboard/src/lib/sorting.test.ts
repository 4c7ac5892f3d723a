import type { SkillSummary } from '@aegis/skill-sdk/wire/skills';
import { expect, test } from 'vitest';
import { sortSkills } from './sorting.ts';

const skill = (id: string, name: string, agents: number, createdAt: string) =>
  ({ id, name, agents, createdAt, status: 'approved' }) as SkillSummary;
const SKILLS = [
  skill('1', 'beta', 2, '2026-11-02T00:00:00Z'),
  skill('2', 'alpha', 9, '2026-11-01T00:00:00Z'),
  skill('3', 'gamma', 2, '2026-11-03T00:00:00Z'),
];
const ids = (sort: string) =>
  sortSkills(SKILLS, sort)
    .map(({ id }) => id)
    .join('');

test('A95: newest first unless asked otherwise', () => {
  expect(ids('-created')).toBe('312');
  expect(ids('created')).toBe('213');
});

test('equal rows keep one order, rising and falling', () => {
  expect(ids('agents')).toBe('132');
  expect(ids('-agents')).toBe('213');
  expect(ids('status')).toBe('123');
});

test('an unknown column means the default, and the given list is not touched', () => {
  expect(ids('constructor')).toBe('312');
  expect(SKILLS.map(({ id }) => id).join('')).toBe('123');
});
