import type { Cluster } from '@aegis/skill-sdk/wire/clusters';
import { expect, test } from 'vitest';
import { worstFirst } from './cluster-order.ts';

const cluster = (name: string, more: Partial<Cluster>) =>
  ({ name, state: 'enrolled', silent: false, enforcement: 'verified', ...more }) as Cluster;

test('the worst cluster comes first', () => {
  const names = worstFirst([
    cluster('verified', {}),
    cluster('revoked', { state: 'revoked', enforcement: 'none' }),
    cluster('waiting', { state: 'waiting', enforcement: null }),
    cluster('unverified', { enforcement: 'unverified' }),
    cluster('silent', { silent: true }),
    cluster('none', { enforcement: 'none' }),
    cluster('empty', { enforcement: null }),
    cluster('also-none', { enforcement: 'none' }),
  ]).map(({ name }) => name);
  expect(names).toEqual(['also-none', 'none', 'unverified', 'silent', 'waiting', 'empty', 'verified', 'revoked']);
});
