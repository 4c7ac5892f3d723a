import { expect, it } from 'vitest';
import { compile } from '../egress/compile.ts';
import { referenceOf, type TargetObject } from '../target.ts';
import { seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { driftOf } from './drift.ts';

const tenantId = seededId('tenant', 1);
const [, policy] = compile(tenantDocument(), EGRESS).objects as [TargetObject, TargetObject];
const object = `NetworkPolicy aegis-tenants/tenant-${tenantId}-egress`;
const write = (found: TargetObject | null, changedBy?: string) =>
  driftOf({
    kind: 'write',
    tenantId,
    object: policy,
    found:
      found === null
        ? null
        : { ...referenceOf(policy), object: found, ...(changedBy === undefined ? {} : { changedBy }) },
  });

it('drift names the object, who changed it, and each field with both values', () => {
  const spec = { ...Object(policy.spec), egress: [], policyTypes: ['Egress'], ingress: [{}] };
  const metadata = { ...policy.metadata, labels: { ...policy.metadata.labels, 'aegis.dev/tenant': 'other' } };
  expect(write({ ...policy, spec, metadata }, 'kubectl-edit')).toEqual({
    tenantId,
    object,
    changedBy: 'kubectl-edit',
    change: 'edited',
    fields: [
      { field: '/metadata/labels/aegis.dev~1tenant', wanted: tenantId, found: 'other' },
      { field: '/spec/egress', wanted: Object(policy.spec).egress, found: [] },
      { field: '/spec/ingress', wanted: null, found: [{}] },
    ],
  });
});

it('an object that somebody removed, or added under our name, is drift without fields', () => {
  expect(write(null)).toEqual({ tenantId, object, changedBy: null, change: 'removed', fields: [] });
  expect(driftOf({ kind: 'remove', tenantId, reference: referenceOf(policy) })).toMatchObject({
    object,
    change: 'added',
  });
});

it('an object that was changed altogether is told in twenty fields', () => {
  const data = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key-${index}`, '']));
  expect(write({ ...policy, data: 'x', ...data }).fields).toHaveLength(20);
});
