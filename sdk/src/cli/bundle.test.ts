import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import type { PackageFile } from '../archive.ts';
import { bundleFrom, bundleHandlers } from './bundle.ts';

const TOOL = { name: 'x', description: 'x', returns: { type: 'object', description: 'x' } } as const;
const file = (path: string): PackageFile => ({ path, bytes: new Uint8Array(), mode: '0644' });
const textOf = (found: PackageFile | undefined) => new TextDecoder().decode(found?.bytes);

describe('bundles', () => {
  it('are made once per handler file, for JavaScript and TypeScript only', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.ts': 'export const one = 1 as number; export default 2;', 'b.py': '' });
    const handlers = ['./a#one', 'a.ts', './b'];
    const made = await bundleHandlers(
      folder,
      handlers.map((handler) => ({ ...TOOL, handler })),
      [file('a.ts'), file('b.py')],
    );
    expect(made.map(({ path }) => path)).toEqual(['a.bundle.mjs', 'a.bundle.mjs.map']);
    expect(textOf(made[0])).toContain('  one\n');
    expect(textOf(made[0])).toMatch(/\/\/# sourceMappingURL=a\.bundle\.mjs\.map\n$/);
  });

  it('name modules above the folder by their package, in code and map', async () => {
    const above = await temporaryFolder();
    await writeFiles(above, {
      'node_modules/dep/package.json': '{"name":"dep","main":"i.js"}',
      'node_modules/dep/i.js': 'export const dep = 1;',
      'one/two/handlers/h.js': 'import { dep } from "dep";\nexport default dep;',
    });
    const [code, map] = await bundleFrom(`${above}/one/two`, 'handlers/h.js', 'handlers/h.bundle.mjs');
    expect(textOf(code)).toContain('// node_modules/dep/i.js');
    expect(JSON.parse(textOf(map)).sources).toEqual(['../node_modules/dep/i.js', 'h.js']);
  });

  it('have `require` only when a dependency needs it', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'plain.js': 'export default 1;',
      'cjs.cjs': 'module.exports = require("os").EOL;',
      'uses.js': 'import eol from "./cjs.cjs";\nexport default eol;',
    });
    const [plain] = await bundleFrom(folder, 'plain.js', 'plain.bundle.mjs');
    const [uses] = await bundleFrom(folder, 'uses.js', 'uses.bundle.mjs');
    expect(textOf(plain)).not.toContain('createRequire');
    expect(textOf(uses)).toContain("import { createRequire as __createRequire } from 'node:module';");
  });

  it('tell every import that cannot be found, with its place', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'h.js': 'import "@scope/nothing";\nimport "./missing.js";\n' });
    await expect(bundleFrom(folder, 'h.js', 'h.bundle.mjs')).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [
        { file: 'h.js', line: 1, column: 8, fix: "install it in the skill's folder: npm install @scope/nothing" },
        { file: 'h.js', line: 2, column: 8 },
      ],
    });
  });
});
