import { AegisError } from '@aegis/skill-sdk/errors';
import type { Ack } from '@aegis/skill-sdk/wire/clusters';
import { describe, expect, it } from 'vitest';
import type { Adopted } from '../adopted.ts';
import { compile } from '../egress/compile.ts';
import { openManifests } from '../targets/manifests.ts';
import { NOW_MS, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { recordedLog } from '../testing/log.ts';
import { createEnforcer } from './enforce.ts';

const tenantId = seededId('tenant', 1);

function adopted(sequence: number): Adopted {
  const at = new Date(NOW_MS).toISOString();
  const document = tenantDocument({ revision: sequence });
  return {
    jws: '',
    epoch: 1,
    sequence,
    issuedAt: at,
    expiresAt: at,
    adoptedAtMs: NOW_MS,
    tenants: [{ tenantId, enforced: { revision: sequence, digest: '', document }, refused: null }],
  };
}

async function world(start: Adopted | null = null) {
  const target = await openManifests(await temporaryFolder(), clusterId());
  const reports: { sequence: number; acks: readonly Ack[] }[] = [];
  const enforcer = createEnforcer({
    adopted: start,
    target,
    compile: (document) => compile(document, EGRESS),
    report: ({ sequence }, acks) => reports.push({ sequence, acks }),
    onApplied: async () => {},
    clock: () => NOW_MS,
    log: recordedLog().log,
  });
  return { enforcer, target, reports };
}

const rejection = new AegisError('STATE_REJECTED', { detail: 'The state "1.4" is older.' });

describe('the enforcer', () => {
  it('does nothing, and above all removes nothing, before a state is adopted', async () => {
    const { enforcer, target, reports } = await world();
    const [object] = compile(tenantDocument(), EGRESS).objects;
    if (object === undefined) throw new Error('no object');
    await target.apply(object);
    expect(await enforcer.reconcile()).toBe(true);
    expect(await target.list()).toHaveLength(1);
    expect(reports).toEqual([]);
    expect(enforcer.status()).toMatchObject({ state: null, applied: false, rejected: null, tenants: [] });
  });

  it('puts what an earlier process adopted into effect without asking anybody', async () => {
    const { enforcer, target } = await world(adopted(5));
    await enforcer.reconcile();
    expect(await target.list()).toHaveLength(3);
    expect(enforcer.status()).toMatchObject({
      applied: true,
      state: { sequence: 5 },
      tenants: [{ tenantId, mode: 'hard', revision: 5, state: 'written' }],
    });
  });

  it('works one after the other, so that the newest state is what stays', async () => {
    const { enforcer, target, reports } = await world();
    await Promise.all([1, 2, 3, 4].map((sequence) => enforcer.adopt(adopted(sequence))));
    expect((await target.list())[0]?.object?.metadata.annotations['aegis.dev/revision']).toBe('4');
    expect(reports.at(-1)?.sequence).toBe(4);
  });

  it('tells what somebody else changed, and not what another state changes', async () => {
    const { enforcer, target } = await world();
    await enforcer.adopt(adopted(1));
    await enforcer.adopt(adopted(2));
    expect(enforcer.status().drift).toEqual({ count: 0, last: null });
    const [object] = await target.list();
    if (object === undefined) throw new Error('no object');
    await target.remove(object);
    await enforcer.reconcile();
    expect(await target.list()).toHaveLength(3);
    const at = new Date(NOW_MS).toISOString();
    expect(enforcer.status().drift).toMatchObject({ count: 1, last: { tenantId, change: 'removed', fields: [], at } });
  });

  it('keeps the adopted state after a rejection and reports it as failed, also at every resync, until it is settled', async () => {
    const { enforcer, reports, target } = await world();
    await enforcer.adopt(adopted(5));
    await enforcer.reject(rejection);
    await enforcer.reconcile();
    expect(reports.map(({ acks }) => acks[0]?.state)).toEqual(['written', 'failed', 'failed']);
    expect(reports.at(-1)).toMatchObject({
      sequence: 5,
      acks: [{ revision: 5, error: 'The state "1.4" is older. Revision 5 stays in force.' }],
    });
    expect(enforcer.status().rejected).toMatchObject({ code: 'STATE_REJECTED' });
    expect(await target.list()).toHaveLength(3);
    await enforcer.settle();
    expect(reports.at(-1)?.acks).toMatchObject([{ state: 'written' }]);
    await enforcer.settle();
    expect(reports).toHaveLength(4);
  });
});
