import { describe, expect, it } from 'vitest';
import { compile } from '../egress/compile.ts';
import { type ActualObject, referenceOf, type TargetObject } from '../target.ts';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { plan } from './plan.ts';

const hard = compile(tenantDocument({ agents: [agent({ allow: [allow('a.example.com')] })] }), EGRESS).objects;
const soft = compile(tenantDocument({ mode: 'soft', revision: 8 }), EGRESS).objects;
const other = compile(tenantDocument({ tenantId: seededId('tenant', 2) }), EGRESS).objects;
const actual = (objects: readonly TargetObject[]): ActualObject[] =>
  objects.map((object) => ({ ...referenceOf(object), object: structuredClone(object) }));
const steps = (...parameters: Parameters<typeof plan>) =>
  plan(...parameters).map((action) =>
    `${action.kind} ${action.kind === 'write' ? action.object.metadata.name : action.reference.name}`.replace(
      /tenant-ten-\w+-/,
      '',
    ),
  );

describe('a plan', () => {
  it.each<[what: string, desired: TargetObject[], found: ActualObject[], expected: string[]]>([
    ['is empty when nothing differs', hard, actual(hard), []],
    ['is empty when nothing is wanted and nothing is there', [], [], []],
    [
      'writes the allow-list before the policies that rely on it',
      hard,
      [],
      ['write allow-list', 'write egress', 'write ingress'],
    ],
    [
      'removes the policies before the allow-list',
      [],
      actual(hard),
      ['remove ingress', 'remove egress', 'remove allow-list'],
    ],
    [
      'from HARD to SOFT takes the policies away (A141)',
      soft,
      actual(hard),
      ['write allow-list', 'remove ingress', 'remove egress'],
    ],
    [
      'leaves other tenants alone',
      [...other, ...hard],
      actual(other),
      ['write allow-list', 'write egress', 'write ingress'],
    ],
    [
      'writes what can no longer be read',
      hard,
      actual(hard).map((found, index) => (index === 1 ? { ...found, object: null } : found)),
      ['write egress'],
    ],
  ])('%s', (_, desired, found, expected) => {
    expect(steps(desired, found)).toEqual(expected);
  });

  it('writes only what differs in its content, not in the order of its fields', () => {
    const reordered = actual(hard).map((found) => ({
      ...found,
      object: JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(found.object ?? {}).reverse()))),
    }));
    expect(plan(hard, reordered)).toEqual([]);
    const newer = compile(
      tenantDocument({ revision: 8, agents: [agent({ allow: [allow('a.example.com')] })] }),
      EGRESS,
    ).objects;
    expect(steps(newer, actual(hard))).toHaveLength(3);
  });

  it('does not depend on the order in which anything is given', () => {
    const all = [...hard, ...other];
    expect(plan(all.toReversed(), [])).toEqual(plan(all, []));
    expect(plan([], actual(all).toReversed())).toEqual(plan([], actual(all)));
  });
});
