import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compile } from '../egress/compile.ts';
import { plan } from '../reconcile/plan.ts';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { clusterId } from '../testing/identity.ts';
import { openManifests } from './manifests.ts';

const tenantId = seededId('tenant', 1);
const { objects } = compile(tenantDocument({ agents: [agent({ allow: [allow('api.example.com')] })] }), EGRESS);
const POLICY = `aegis-tenants/tenant-${tenantId}-egress.networkpolicy.yaml`;

async function written() {
  const folder = await temporaryFolder();
  const target = await openManifests(folder, clusterId());
  for (const object of objects) await target.apply(object);
  return { folder, target };
}

const files = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();

describe('manifests in a folder (A120, A136)', () => {
  it('are one YAML file an object, the same bytes every time', async () => {
    const [first, second] = await Promise.all([written(), written()]);
    expect(await files(first.folder)).toEqual([
      `tenant-${tenantId}-allow-list.configmap.yaml`,
      `tenant-${tenantId}-egress.networkpolicy.yaml`,
      `tenant-${tenantId}-ingress.networkpolicy.yaml`,
    ]);
    const text = await readFile(join(first.folder, POLICY), 'utf8');
    expect(text).toBe(await readFile(join(second.folder, POLICY), 'utf8'));
    expect(parse(text)).toEqual(objects[1]);
  });

  it.each([
    ['changed in one field', (text: string) => text.replace('port: 443', 'port: 22')],
    ['given one field more', (text: string) => `${text}status: {}\n`],
    ['emptied below the first line', (text: string) => text.slice(0, text.indexOf('\n') + 1)],
    ['made something that is no YAML', (text: string) => `${text}\n\t: [`],
    ['made an object of another name', (text: string) => text.replace('-egress', '-other')],
    ['stripped of its label', (text: string) => text.replace('aegis-agent\n    aegis', 'somebody\n    aegis')],
  ])('that were %s by somebody are written again', async (_, edit) => {
    const { folder, target } = await written();
    const path = join(folder, POLICY);
    const before = await readFile(path, 'utf8');
    const edited = edit(before);
    expect(edited).not.toBe(before);
    await writeFile(path, edited);
    const actions = plan(objects, await target.list());
    expect(actions).toMatchObject([{ kind: 'write', object: { metadata: { name: `tenant-${tenantId}-egress` } } }]);
    for (const action of actions) if (action.kind === 'write') await target.apply(action.object);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('of people beside ours, without our first line, are not listed, overwritten or removed', async () => {
    const { folder, target } = await written();
    const path = join(folder, POLICY);
    const text = (await readFile(path, 'utf8')).replace(/^.*\n/, '');
    await writeFile(path, text);
    await writeFile(join(folder, 'aegis-tenants', 'kustomization.yaml'), 'resources: []\n');
    await writeFile(join(folder, 'README.md'), 'ours');
    expect(await target.list()).toHaveLength(2);
    const [, policy] = objects;
    if (policy === undefined) throw new Error('no policy');
    await expect(target.apply(policy)).rejects.toThrow('was not written by this cluster’s agent'.replace('’', "'"));
    await target.remove({ kind: 'NetworkPolicy', namespace: 'aegis-tenants', name: policy.metadata.name, tenantId });
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await files(folder)).toContain('kustomization.yaml');
  });

  it('are never read or written through a link', async () => {
    const folder = await temporaryFolder();
    const elsewhere = join(await temporaryFolder(), 'elsewhere.yaml');
    const { folder: source } = await written();
    await writeFile(elsewhere, await readFile(join(source, POLICY)));
    await mkdir(join(folder, 'aegis-tenants'));
    await symlink(elsewhere, join(folder, POLICY));
    const target = await openManifests(folder, clusterId());
    expect(await target.list()).toEqual([]);
    const [, policy] = objects;
    if (policy === undefined) throw new Error('no policy');
    await expect(target.apply(policy)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('that a killed agent left half written are swept at the next start', async () => {
    const { folder } = await written();
    await writeFile(join(folder, 'aegis-tenants', '.x.networkpolicy.yaml.999-1.tmp'), 'half');
    await openManifests(folder, clusterId());
    expect((await files(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
