import { digestOf } from '@aegis/skill-sdk/digest';
import type { Cluster, KeySet, StateDocument, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { compactVerify, importJWK } from 'jose';
import type { Person, TestCluster, TestTenant } from './world.ts';

/** What a cluster reads, verified as a cluster does. */
export async function readState(cluster: TestCluster, init: { etag?: string; wait?: number } = {}) {
  const answer = await (await cluster.as()).fetch(`/api/clusters/${cluster.id}/state?wait=${init.wait ?? 0}`, {
    headers: init.etag === undefined ? {} : { 'if-none-match': init.etag },
  });
  const etag = answer.headers.get('etag') ?? '';
  if (answer.status !== 200) return { status: answer.status, etag, document: null };
  const { state } = await answer.json<{ state: string }>();
  const { keys } = await cluster.registry.json<KeySet>('/.well-known/aegis/keys.json');
  const stateKey = keys.find((key) => key.purpose === 'state');
  if (stateKey === undefined) throw new Error('no state key');
  const { payload, protectedHeader } = await compactVerify(state, await importJWK(stateKey, 'Ed25519'), {
    algorithms: ['Ed25519'],
  });
  if (protectedHeader.kid !== stateKey.kid) throw new Error('signed with another key');
  return { status: 200, etag, document: JSON.parse(new TextDecoder().decode(payload)) as StateDocument };
}

export async function readTenant(
  cluster: TestCluster,
  document: StateDocument,
  tenantId: string,
): Promise<TenantDocument> {
  const digest = document.tenants.find((tenant) => tenant.tenantId === tenantId)?.digest ?? '';
  const answer = await (await cluster.as()).fetch(`/api/clusters/${cluster.id}/tenants/${digest}`);
  if (!answer.ok) throw new Error(`tenant document: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if ((await digestOf(bytes)) !== digest) throw new Error('the document does not have its digest');
  return JSON.parse(new TextDecoder().decode(bytes)) as TenantDocument;
}

export const place = (admin: Person, cluster: TestCluster, tenant: TestTenant, mode: 'soft' | 'hard' = 'hard') =>
  admin.json<Cluster>(`/api/admin/clusters/${cluster.id}/tenants/${tenant.id}`, {
    method: 'PUT',
    body: { mode },
  });

export async function createAgent(tenant: TestTenant, cluster: TestCluster, name: string): Promise<string> {
  const { id } = await tenant.owner.json<{ id: string }>(`/api/tenants/${tenant.id}/agents`, {
    method: 'POST',
    body: { name, clusterId: cluster.id },
  });
  return id;
}
