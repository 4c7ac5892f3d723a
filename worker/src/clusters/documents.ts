import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import type { Context } from '../context.ts';
import { tenantDocument } from './feed.ts';
import { readRevisions, readTenant } from './sync/store.ts';

interface Document {
  tenantId: string;
  revision: number;
  digest: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A document follows from (cluster, tenant, revision, epoch), so it is built once per isolate. */
const built = new Map<string, Document>();
const BUILT_MAX = 5000;

/** The documents of every tenant of a cluster, as they are now. */
export async function documentsOf(ctx: Context, clusterId: string, epoch: number): Promise<Document[]> {
  const documents: Document[] = [];
  for (const { tenantId, revision } of await readRevisions(ctx, clusterId)) {
    const known = built.get(keyOf(clusterId, tenantId, revision, epoch));
    const document = known ?? (await build(ctx, clusterId, tenantId, epoch));
    if (document !== null) documents.push(document);
  }
  return documents;
}

async function build(ctx: Context, clusterId: string, tenantId: string, epoch: number): Promise<Document | null> {
  const tenant = await readTenant(ctx, clusterId, tenantId);
  if (tenant === null) return null;
  const bytes = canonicalBytes(tenantDocument(tenant));
  const document = { tenantId, revision: tenant.revision, digest: await digestOf(bytes), bytes };
  if (built.size >= BUILT_MAX) built.clear();
  built.set(keyOf(clusterId, tenantId, tenant.revision, epoch), document);
  return document;
}

function keyOf(clusterId: string, tenantId: string, revision: number, epoch: number): string {
  return `${clusterId}/${tenantId}/${revision}/${epoch}`;
}
