import { describe, expect, it } from 'vitest';
import { decision, finished, signingRegistry } from '../../testing/signing-registry.ts';
import { GREETER, greeter, testIo, writeFiles } from '../../testing/test-io.ts';
import { pack } from '../archive.ts';

const archive = (version: string) =>
  pack(
    Object.entries({ ...GREETER, 'manifest.yaml': (GREETER['manifest.yaml'] ?? '').replace('1.0.0', version) }).map(
      ([path, content]) => ({ path, bytes: new TextEncoder().encode(content), mode: '0644' as const }),
    ),
  );

async function world() {
  const registry = await signingRegistry();
  const io = await greeter({}, { env: { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' } });
  return { registry, io };
}

describe('aegis status', () => {
  it('without an argument means the version of the skill in this folder', async () => {
    const { registry, io } = await world();
    await registry.add(archive('1.0.0'), 'pending_review', { report: finished('review', 80) });
    await registry.add(archive('2.0.0'), 'approved');
    expect(await io.aegis('status')).toBe(0);
    expect(io.out()).toContain('greeter 1.0.0  pending review, number 3 in the queue');
    expect(io.out()).toContain('handlers/greet.js:3:5');
    expect(io.out()).toContain('→ Nothing to do: a reviewer decides.');
  });

  it('takes the highest version when none is named', async () => {
    const { registry, io } = await world();
    await registry.add(archive('2.0.0'), 'approved', { queuePosition: null });
    await registry.add(archive('1.0.0'), 'approved', { queuePosition: null });
    expect(await io.aegis('status', 'greeter', '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({
      skill: { version: '2.0.0' },
      findings: [],
      next: ['Install it: aegis install greeter@2.0.0'],
    });
  });

  it('says what there is when a version is not', async () => {
    const { registry, io } = await world();
    await registry.add(archive('0.9.0'), 'approved');
    expect(await io.aegis('status')).toBe(1);
    expect(io.err()).toContain('greeter@1.0.0 is not published. There are: 0.9.0');
    expect(await io.aegis('status', 'nothing')).toBe(1);
    expect(io.err()).toContain('has no skill nothing that you may see');
  });

  it('names the replacement of what is deprecated', async () => {
    const { registry, io } = await world();
    await registry.add(archive('1.0.0'), 'deprecated', {
      decisions: [decision('deprecated', { notes: 'old', replacement: 'greeter@2.0.0' })],
    });
    expect(await io.aegis('status')).toBe(0);
    expect(io.out()).toContain('→ Use greeter@2.0.0 instead.');
  });

  it('exits 2 in a folder that is no skill, and 1 when its manifest is broken', async () => {
    const { url } = await signingRegistry();
    const io = await testIo({ env: { AEGIS_REGISTRY: url, AEGIS_TOKEN: 'aeg_good' } });
    expect(await io.aegis('status')).toBe(2);
    await writeFiles(io.cwd, { 'manifest.yaml': 'name: 1\n' });
    expect(await io.aegis('status')).toBe(1);
    expect(io.err()).toContain('manifest.yaml:1');
  });
});
