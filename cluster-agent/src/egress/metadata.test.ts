import { expect, it } from 'vitest';
import { seededId, tenantDocument } from '../testing/documents.ts';
import { ownedMetadata } from './metadata.ts';

it('everything that we create says whose it is, for which tenant and from which revision', () => {
  const metadata = ownedMetadata(tenantDocument({ revision: 12 }), { name: 'n', namespace: 'ns', clusterId: 'clu' });
  expect(metadata).toEqual({
    name: 'n',
    namespace: 'ns',
    labels: { 'app.kubernetes.io/managed-by': 'aegis-agent', 'aegis.dev/tenant': seededId('tenant', 1) },
    annotations: { 'aegis.dev/cluster': 'clu', 'aegis.dev/revision': '12' },
  });
});
