import { describe, expect, test } from 'vitest';
import { plan } from '../reconcile/plan.ts';
import { type ActualObject, referenceOf, type Target, type TargetObject } from '../target.ts';
import { kubernetesTools, testCluster, whyNoCluster } from '../testing/cluster.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { recordedLog } from '../testing/log.ts';
import { connectKubernetes } from './kubernetes/api.ts';
import { openKubernetes } from './kubernetes/kubernetes.ts';
import { openManifests } from './manifests.ts';

/** A place where several clusters' agents can put objects: what one opens, the next finds. */
type OpenTarget = (clusterId: string) => Promise<Target>;

interface Place {
  open: OpenTarget;
  /** Where the agent's own objects are. */
  namespace: string;
}

/** Every implementation of `Target` passes all of these. A new one is a line here. */
const TARGETS: [name: string, isHere: boolean, open: () => Promise<Place>][] = [
  [
    'manifests',
    true,
    async () => {
      const folder = await temporaryFolder();
      return { open: (id) => openManifests(folder, id), namespace: 'aegis-system' };
    },
  ],
  [
    `kubernetes${whyNoCluster}`,
    kubernetesTools !== null,
    async () => {
      const cluster = await testCluster();
      const place = await cluster.newPlace();
      const api = connectKubernetes(cluster.admin);
      const { log } = recordedLog();
      return {
        open: async (id) => openKubernetes({ ...place, tenantLabel: 'tenant', clusterId: id, api, log }),
        namespace: place.systemNamespace,
      };
    },
  ],
];

function configMapIn(
  namespace: string,
  name: string,
  data: Record<string, string> = { key: 'value' },
  id: string = clusterId(),
): TargetObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'aegis-agent', 'aegis.dev/tenant': 'ten-1' },
      annotations: { 'aegis.dev/cluster': id, 'aegis.dev/revision': '1' },
    },
    data,
  };
}

const byName = (left: ActualObject, right: ActualObject) => (left.name < right.name ? -1 : 1);

describe.each(TARGETS)('the target %s', (_, isHere, openPlace) => {
  const it = test.skipIf(!isHere);
  const newPlace = async () => {
    const { open, namespace } = await openPlace();
    return {
      open,
      configMap: (name: string, data?: Record<string, string>, id?: string) => configMapIn(namespace, name, data, id),
    };
  };

  it('lists what was applied, as it was applied', async () => {
    const { open, configMap } = await newPlace();
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
    const { open, configMap } = await newPlace();
    const target = await open(clusterId());
    await target.apply(configMap('one', { a: '1' }));
    await target.apply(configMap('one', { b: '2' }));
    await target.apply(configMap('one', { b: '2' }));
    expect(await target.list()).toMatchObject([{ name: 'one', object: { data: { b: '2' } } }]);
  });

  it('removes what it is told to and nothing else; removing twice is fine', async () => {
    const { open, configMap } = await newPlace();
    const target = await open(clusterId());
    await target.apply(configMap('one'));
    await target.apply(configMap('two'));
    await target.remove(referenceOf(configMap('one')));
    await target.remove(referenceOf(configMap('one')));
    expect(await target.list()).toMatchObject([{ name: 'two' }]);
  });

  it('finds its objects again after a restart', async () => {
    const { open, configMap } = await newPlace();
    await (await open(clusterId())).apply(configMap('one'));
    expect(await (await open(clusterId())).list()).toHaveLength(1);
  });

  it('never sees, changes or removes what another cluster’s agent has put there', async () => {
    const { open, configMap } = await newPlace();
    const mine = await open(clusterId(1));
    const other = await open(clusterId(2));
    await other.apply(configMap('one', { of: 'other' }, clusterId(2)));
    expect(await mine.list()).toEqual([]);
    await expect(mine.apply(configMap('one', { of: 'mine' }))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await mine.remove(referenceOf(configMap('one')));
    expect(await other.list()).toMatchObject([{ object: { data: { of: 'other' } } }]);
  });

  it('ends its blocked events when it is told to', async () => {
    const { open } = await newPlace();
    const target = await open(clusterId());
    for await (const sighting of target.blockedEvents(AbortSignal.abort()))
      expect.unreachable(JSON.stringify(sighting));
  });
});
