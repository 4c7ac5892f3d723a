import { expect, it } from 'vitest';
import { referenceOf, type TargetObject } from './target.ts';

const object: TargetObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'n', namespace: 'ns', labels: { 'aegis.dev/tenant': 'ten-1' }, annotations: {} },
};

it('a reference names the object and its tenant, or no tenant when the label is gone', () => {
  expect(referenceOf(object)).toEqual({ kind: 'ConfigMap', namespace: 'ns', name: 'n', tenantId: 'ten-1' });
  expect(referenceOf({ ...object, metadata: { ...object.metadata, labels: {} } }).tenantId).toBe('');
});
