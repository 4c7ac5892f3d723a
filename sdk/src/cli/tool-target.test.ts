import { describe, expect, it } from 'vitest';
import { greeter, temporaryFolder } from '../../testing/test-io.ts';
import { parseManifest } from '../manifest.ts';
import { requireSkill } from './check-skill.ts';
import { bundleTool, chooseTool, isRunnable } from './tool-target.ts';

const TOOL = { name: 'x', description: 'x', returns: { type: 'object', description: 'x' } } as const;

describe('a tool that is to run', () => {
  it('is bundled with the text of the package beside it', async () => {
    const io = await greeter();
    const { folder, manifest } = await requireSkill('.', io.cwd);
    const target = await bundleTool(folder, chooseTool(manifest, undefined), await temporaryFolder());
    expect(target.exported).toBe('default');
    expect(Object.keys(target.packageFiles)).toEqual(['handlers/greet.js', 'manifest.yaml', 'tests/greet.cases.yaml']);
    expect(isRunnable({ ...TOOL, handler: 'handlers/greet' }, folder.files)).toBe(true);
  });

  it('must be JavaScript or TypeScript', async () => {
    const io = await greeter({ 'handlers/p.py': '' });
    const { folder } = await requireSkill('.', io.cwd);
    const python = { ...TOOL, handler: 'handlers/p' };
    expect(isRunnable(python, folder.files)).toBe(false);
    await expect(bundleTool(folder, python, await temporaryFolder())).rejects.toThrow(
      /handlers\/p\.py.*JavaScript and TypeScript/,
    );
    expect(isRunnable({ ...TOOL, handler: 'nothing' }, folder.files)).toBe(false);
  });

  it('is said not to be there in a skill that is only read', () => {
    const manifest = parseManifest('name: notes\nversion: 1.0.0\ndescription: x\n');
    expect(() => chooseTool(manifest, undefined)).toThrow(/notes has no tools/);
  });
});
