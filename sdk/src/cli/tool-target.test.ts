import { describe, expect, it } from 'vitest';
import { greeter, temporaryFolder } from '../../testing/test-io.ts';
import { parseManifest } from '../manifest.ts';
import { requireSkill } from './check-skill.ts';
import { bundleTool, chooseTool } from './tool-target.ts';

const TOOL = { name: 'x', description: 'x', returns: { type: 'object', description: 'x' } } as const;

describe('a tool that is to run', () => {
  it('is bundled with the text of the package beside it', async () => {
    const io = await greeter();
    const { folder, manifest } = await requireSkill('.', io.cwd);
    const target = await bundleTool(folder, chooseTool(manifest, undefined), await temporaryFolder());
    expect(target.exported).toBe('default');
    expect(target.python).toBeUndefined();
    expect(Object.keys(target.packageFiles)).toEqual(['handlers/greet.js', 'manifest.yaml', 'tests/greet.cases.yaml']);
  });

  it('is run as it is when it is Python, by the function that it names', async () => {
    const io = await greeter({ 'handlers/p.py': '' });
    const { folder } = await requireSkill('.', io.cwd);
    for (const [handler, exported] of [
      ['handlers/p', 'handle'],
      ['./handlers/p.py#other', 'other'],
    ] as const) {
      const target = await bundleTool(folder, { ...TOOL, handler }, await temporaryFolder());
      expect(target).toMatchObject({ bundle: `${folder.path}/handlers/p.py`, exported, python: { root: folder.path } });
    }
    await expect(bundleTool(folder, { ...TOOL, handler: 'nothing' }, await temporaryFolder())).rejects.toThrow(
      /wanted JavaScript, TypeScript or Python/,
    );
  });

  it('is said not to be there in a skill that is only read', () => {
    const manifest = parseManifest('name: notes\nversion: 1.0.0\ndescription: x\n');
    expect(() => chooseTool(manifest, undefined)).toThrow(/notes has no tools/);
  });
});
