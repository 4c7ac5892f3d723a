import { expect, it } from 'vitest';
import { widens } from './widening.ts';

const rule = { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] };
const open = (podSelector: object, more: object = {}) => ({
  podSelector,
  policyTypes: ['Egress'],
  egress: [rule],
  ...more,
});
const at = (operator: string, ...values: string[]) => ({ matchExpressions: [{ key: 'tenant', operator, values }] });

it.each([
  ['for all pods', open({}), true],
  ['for the tenant', open({ matchLabels: { tenant: 'acme' } }), true],
  ['for pods that the tenant may have', open({ matchLabels: { app: 'web' } }), true],
  ['for another tenant', open({ matchLabels: { tenant: 'globex' } }), false],
  ['for a list with the tenant', open(at('In', 'globex', 'acme')), true],
  ['for a list without it', open(at('In', 'globex')), false],
  ['for all but the tenant', open(at('NotIn', 'acme')), false],
  ['for all tenants', open(at('Exists')), true],
  ['for pods of no tenant', open(at('DoesNotExist')), false],
  ['for nobody, because it has no rule', open({}, { egress: [] }), false],
  ['for nobody, because egress is not its business', open({}, { policyTypes: ['Ingress'] }), false],
  ['inwards, which is the default', { podSelector: {}, ingress: [{}] }, true],
  ['in a way that cannot be read', { podSelector: 'all' }, true],
])('a policy that opens something %s', (_, spec, expected) => {
  expect(widens(spec, { tenantLabel: 'tenant', tenantId: 'acme' })).toBe(expected);
});
