import { expect, test } from 'vitest';
import { joinSecret } from './join-secret.ts';

test('the command carries the registry’s own address and the token', () => {
  const secret = joinSecret({ name: 'prod-eu', joinToken: 'aegj_x' }, 'https://registry.example');
  expect(secret.title).toBe('Enrol prod-eu');
  expect(secret.lines[1]?.value).toContain('AEGIS_REGISTRY=https://registry.example AEGIS_JOIN_TOKEN=aegj_x');
});
