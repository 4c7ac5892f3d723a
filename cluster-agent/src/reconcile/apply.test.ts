import { describe, expect, it } from 'vitest';
import type { Adopted, AdoptedTenant } from '../adopted.ts';
import { compile } from '../egress/compile.ts';
import type { Target } from '../target.ts';
import { openManifests } from '../targets/manifests.ts';
import { agent, allow, NOW_MS, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { recordedLog } from '../testing/log.ts';
import { apply } from './apply.ts';

const ACME = seededId('tenant', 1);
const GLOBEX = seededId('tenant', 2);

function adopted(...tenants: AdoptedTenant[]): Adopted {
  return { jws: '', epoch: 1, sequence: 1, issuedAt: '', expiresAt: '', adoptedAtMs: NOW_MS, tenants };
}

function tenant(tenantId: string, more: Partial<AdoptedTenant> = {}): AdoptedTenant {
  const document = tenantDocument({ tenantId, agents: [agent({ allow: [allow('api.example.com')] })] });
  return { tenantId, enforced: { revision: 7, digest: 'sha256:', document }, refused: null, ...more };
}

async function world(change: Partial<Target> = {}) {
  const manifests = await openManifests(await temporaryFolder(), clusterId());
  const target: Target = { ...manifests, ...change };
  const options = {
    target,
    compile: (document: Parameters<typeof compile>[0]) => compile(document, EGRESS),
    log: recordedLog().log,
  };
  return { manifests, run: (state: Adopted) => apply(state, options) };
}

/** Refuses to write the NetworkPolicy of one tenant. */
const failing = (manifests: Target, tenantId: string): Partial<Target> => ({
  list: manifests.list,
  remove: manifests.remove,
  apply: async (object) => {
    if (object.metadata.name === `tenant-${tenantId}-egress`) throw new Error('disk full');
    await manifests.apply(object);
  },
});

describe('applying the adopted state', () => {
  it('writes what is wanted, says written and none, and writes nothing the second time', async () => {
    const { run } = await world();
    const first = await run(adopted(tenant(ACME), tenant(GLOBEX)));
    expect(first).toMatchObject({ complete: true, writes: 6, removals: 0 });
    expect(first.acks).toEqual(
      [ACME, GLOBEX].map((tenantId) => ({ tenantId, revision: 7, state: 'written', enforcement: 'none' })),
    );
    expect(await run(adopted(tenant(ACME), tenant(GLOBEX)))).toMatchObject({ complete: true, writes: 0, removals: 0 });
  });

  it('removes everything of a tenant that is gone, and says nothing about it', async () => {
    const { run, manifests } = await world();
    await run(adopted(tenant(ACME), tenant(GLOBEX)));
    const after = await run(adopted(tenant(GLOBEX)));
    expect(after).toMatchObject({ complete: true, removals: 3, acks: [{ tenantId: GLOBEX }] });
    expect((await manifests.list()).every(({ tenantId }) => tenantId === GLOBEX)).toBe(true);
  });

  it('goes on with the others when one tenant fails, and says why that one did', async () => {
    const base = await openManifests(await temporaryFolder(), clusterId());
    const { run } = await world(failing(base, ACME));
    const { complete, acks } = await run(adopted(tenant(ACME), tenant(GLOBEX)));
    expect(complete).toBe(false);
    expect(acks).toMatchObject([
      { tenantId: ACME, state: 'failed', error: expect.stringContaining('disk full'), enforcement: 'none' },
      { tenantId: GLOBEX, state: 'written' },
    ]);
    expect((await base.list()).filter(({ tenantId }) => tenantId === ACME).map(({ kind }) => kind)).toEqual([
      'ConfigMap',
    ]);
  });

  it('fails every tenant when the target cannot be read, and touches nothing', async () => {
    const { run } = await world({
      list: () => Promise.reject(new Error('not readable')),
      apply: () => expect.unreachable(),
      remove: () => expect.unreachable(),
    });
    const { complete, acks } = await run(adopted(tenant(ACME)));
    expect(complete).toBe(false);
    expect(acks).toMatchObject([{ state: 'failed', error: expect.stringContaining('not readable') }]);
  });

  it('keeps the last good document of a tenant whose newest was refused, and says both', async () => {
    const { run, manifests } = await world();
    const { complete, acks } = await run(
      adopted(tenant(ACME, { refused: { revision: 9, digest: 'sha256:', error: 'Not covered.' } })),
    );
    expect(complete).toBe(true);
    expect(acks).toEqual([
      {
        tenantId: ACME,
        revision: 9,
        state: 'failed',
        error: 'Not covered. Revision 7 stays in force.',
        enforcement: 'none',
      },
    ]);
    expect(await manifests.list()).toHaveLength(3);
  });

  it('writes nothing for a tenant that never had a good document, and says so', async () => {
    const { run, manifests } = await world();
    const { acks } = await run(
      adopted(tenant(ACME, { enforced: null, refused: { revision: 1, digest: 'sha256:', error: 'Not covered.' } })),
    );
    expect(acks).toMatchObject([
      { revision: 1, state: 'failed', error: 'Not covered. Nothing of this tenant is enforced.' },
    ]);
    expect(await manifests.list()).toEqual([]);
  });

  it('says which destinations stay closed although the rest was written', async () => {
    const { run } = await world();
    const tcp = tenantDocument({
      agents: [agent({ allow: [allow('db.example.com', { ports: [5432], protocol: 'tcp' })] })],
    });
    const { acks, unsupported } = await run(
      adopted(tenant(ACME, { enforced: { revision: 7, digest: '', document: tcp } })),
    );
    expect(acks).toMatchObject([
      { state: 'written', error: expect.stringContaining('db.example.com:5432 (weather 1.2.0)') },
    ]);
    expect(unsupported.get(ACME)).toHaveLength(1);
  });
});
