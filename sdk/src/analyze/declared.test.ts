import { expect, it } from 'vitest';
import { DECLARED } from '../../testing/rule-checks.ts';
import {
  isHarmlessVariable,
  isHostDeclared,
  isLoopback,
  isPathDeclared,
  isVariableDeclared,
  plainHost,
} from './declared.ts';

it.each([
  ['api.declared.example:443', true],
  ['api.declared.example:80', false],
  ['api.declared.example:53', true],
  ['other.example:53', false],
  ['x.api.declared.example:443', false],
  ['203.0.113.5:443', false],
])('the host %s is declared: %s', (value, expected) => {
  expect(isHostDeclared(DECLARED, value)).toBe(expected);
});

it.each([
  ['fs.read', 'data/a/b.csv', true],
  ['fs.read', 'data/**', true],
  ['fs.read', 'data/../x', false],
  ['fs.read', '/data/x', false],
  ['fs.read', '~/data/x', false],
  ['fs.read', 'assets/own.json', true],
  ['fs.write', 'assets/own.json', false],
  ['fs.read', '<package>/t.json', true],
  ['fs.read', '<package>/../t.json', false],
  ['fs.write', '<package>/t.json', false],
  ['fs.write', 'notes/a', false],
] as const)('%s of %s is declared: %s', (kind, path, expected) => {
  expect(isPathDeclared(DECLARED, kind, path, new Set(['assets/own.json']))).toBe(expected);
});

it('variables are declared as required or optional, and some say nothing about anybody', () => {
  expect(['SERVICE_KEY', 'STRIPE_KEY', 'OTHER'].map((name) => isVariableDeclared(DECLARED, name))).toEqual([
    true,
    true,
    false,
  ]);
  expect(['NODE_ENV', 'PATH', 'GITHUB_TOKEN'].map(isHarmlessVariable)).toEqual([true, true, false]);
});

it('this machine is told apart, and usual ports are left out', () => {
  expect(['localhost:80', '127.0.0.1:1', '[::1]:1', 'localhost.evil.example:80'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(['a.example:443', 'a.example:53', 'a.example:80'].map(plainHost)).toEqual([
    'a.example',
    'a.example',
    'a.example:80',
  ]);
});
