import { describe, expect, it } from 'vitest';
import { plan } from '../reconcile/plan.ts';
import { type ActualObject, referenceOf, type Target, type TargetObject } from '../target.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { openManifests } from './manifests.ts';

/** A place where several clusters' agents can put objects: what one opens, the next finds. */
type OpenTarget = (clusterId: string) => Promise<Target>;

/** Every implementation of `Target` passes all of these. A new one is a line here. */
const TARGETS: [name: string, open: () => Promise<OpenTarget>][] = [
  [
    'manifests',
    async () => {
      const folder = await temporaryFolder();
      return (id) => openManifests(folder, id);
    },
  ],
];

function configMap(name: string, data: Record<string, string> = {}): TargetObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'aegis-system',
      labels: { 'app.kubernetes.io/managed-by': 'aegis-agent', 'aegis.dev/tenant': 'ten-1' },
      annotations: { 'aegis.dev/cluster': clusterId(), 'aegis.dev/revision': '1' },
    },
    data,
  };
}

const byName = (left: ActualObject, right: ActualObject) => (left.name < right.name ? -1 : 1);

describe.each(TARGETS)('the target %s', (_, openPlace) => {
  it('lists what was applied, as it was applied', async () => {
    const open = await openPlace();
    const target = await open(clusterId());
    expect(await target.list()).toEqual([]);
    const tricky = {
      empty: '',
      lines: 'a\n\nb\n',
      number: '1',
      yes: 'yes',
      colon: 'a: b # c',
      unicode: 'é\u2028',
      tab: '\tx',
      trailing: 'x ',
    };
    const objects = [configMap('one', tricky), configMap('two')];
    for (const object of objects) await target.apply(object);
    expect((await target.list()).sort(byName)).toEqual(objects.map((object) => ({ ...referenceOf(object), object })));
    expect(plan(objects, await target.list())).toEqual([]);
  });

  it('replaces an object, and applying it twice changes nothing', async () => {
    const target = await (await openPlace())(clusterId());
    await target.apply(configMap('one', { a: '1' }));
    await target.apply(configMap('one', { b: '2' }));
    await target.apply(configMap('one', { b: '2' }));
    expect(await target.list()).toMatchObject([{ name: 'one', object: { data: { b: '2' } } }]);
  });

  it('removes what it is told to and nothing else; removing twice is fine', async () => {
    const target = await (await openPlace())(clusterId());
    await target.apply(configMap('one'));
    await target.apply(configMap('two'));
    await target.remove(referenceOf(configMap('one')));
    await target.remove(referenceOf(configMap('one')));
    expect(await target.list()).toMatchObject([{ name: 'two' }]);
  });

  it('finds its objects again after a restart', async () => {
    const open = await openPlace();
    await (await open(clusterId())).apply(configMap('one'));
    expect(await (await open(clusterId())).list()).toHaveLength(1);
  });

  it('never sees, changes or removes what another cluster’s agent has put there', async () => {
    const open = await openPlace();
    const mine = await open(clusterId(1));
    const other = await open(clusterId(2));
    await other.apply(configMap('one', { of: 'other' }));
    expect(await mine.list()).toEqual([]);
    await expect(mine.apply(configMap('one', { of: 'mine' }))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await mine.remove(referenceOf(configMap('one')));
    expect(await other.list()).toMatchObject([{ object: { data: { of: 'other' } } }]);
  });

  it('ends its blocked events when it is told to', async () => {
    const target = await (await openPlace())(clusterId());
    for await (const sighting of target.blockedEvents(AbortSignal.abort()))
      expect.unreachable(JSON.stringify(sighting));
  });
});
