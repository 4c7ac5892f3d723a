import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { bundleFrom } from './bundle.ts';

const HANDLER = `import { createToolHandler, defineTool } from '@aegis/skill-sdk';
import { newId } from '@aegis/skill-sdk/ids';
const tool = defineTool({ name: 'x', description: 'x', parameters: [{ name: 'a', type: 'number', description: 'x', required: true }], returns: { type: 'object', description: 'x' }, handler: 'h' });
export default createToolHandler(tool, async ({ a }) => ({ a, id: typeof newId }));
`;
const textOf = (found: { bytes: Uint8Array } | undefined) => new TextDecoder().decode(found?.bytes);

describe('a skill with nothing installed', () => {
  it('builds and runs with this program’s own copy of the SDK', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'h.ts': HANDLER });
    const [code] = await bundleFrom(folder, 'h.ts', 'h.bundle.mjs');
    await writeFiles(folder, {
      'run/h.mjs': textOf(code),
      'run/go.mjs':
        'import h from "./h.mjs"; console.log(JSON.stringify([await h({ a: 1 }, {}), await h({}, {}).catch((e) => e.code)]));',
    });
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'run/go.mjs')]);
    expect(JSON.parse(stdout)).toEqual([{ a: 1, id: 'function' }, 'VALIDATION_FAILED']);
  });

  it('holds only the modules that it uses, named without the place of this program', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'h.ts': HANDLER });
    const [code, map] = await bundleFrom(folder, 'h.ts', 'h.bundle.mjs');
    expect(textOf(code)).toContain('// aegis-skill-sdk:tools');
    expect(textOf(code)).not.toContain('aegis-skill-sdk:manifest');
    expect(textOf(code).length).toBeLessThan(40_000);
    expect(
      JSON.parse(textOf(map)).sources.every(
        (source: string) => source === 'h.ts' || /^aegis-skill-sdk:[a-z-]+$/.test(source),
      ),
    ).toBe(true);
  });
});

describe('a skill that installed another copy', () => {
  it('keeps it', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'h.ts': "import { defineTool } from '@aegis/skill-sdk';\nexport default defineTool;",
      'node_modules/@aegis/skill-sdk/package.json': '{"name":"@aegis/skill-sdk","version":"9.9.9","main":"i.js"}',
      'node_modules/@aegis/skill-sdk/i.js': 'export const defineTool = "theirs";',
    });
    const [code] = await bundleFrom(folder, 'h.ts', 'h.bundle.mjs');
    expect(textOf(code)).toContain('theirs');
    expect(textOf(code)).toContain('// node_modules/@aegis/skill-sdk/i.js');
  });
});
