import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { analyze } from '@aegis/skill-sdk/analyze';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import { parseCases, runCases } from '@aegis/skill-sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import sdk from '../../sdk/package.json' with { type: 'json' };
import handler from '../../sdk/templates/skill/handlers/example.ts';
import * as index from '../../sdk/templates/skill/index.ts';

const TEMPLATE = fileURLToPath(new URL('../../sdk/templates/skill/', import.meta.url));
let folder: string;

/** The template with its two placeholders filled in, as `aegis init` does it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'template-'));
  await cp(TEMPLATE, folder, { recursive: true });
  for (const path of await filesOf(folder)) {
    const text = await readFile(join(folder, path), 'utf8');
    const filled = text.replaceAll('{{skillName}}', 'my-skill').replaceAll('{{author}}', 'Ada Example');
    await writeFile(join(folder, path), filled);
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function filesOf(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replace(/^\//, ''))
    .sort();
}

async function packageOf(root: string) {
  const paths = (await filesOf(root)).filter((path) => !path.startsWith('.'));
  return Promise.all(
    paths.map(async (path) => ({
      path,
      bytes: new Uint8Array(await readFile(join(root, path))),
      mode: '0644' as const,
    })),
  );
}

it('has the files of the document and no placeholder but the two (A23-A27, A42, A45, A52)', async () => {
  expect(await filesOf(TEMPLATE)).toEqual([
    '.aegisignore',
    'README.md',
    'SKILL.md',
    'handlers/example.ts',
    'index.ts',
    'manifest.yaml',
    'package.json',
    'tests/example_tool.cases.yaml',
    'tools/example.ts',
    'tsconfig.json',
  ]);
  for (const path of await filesOf(folder)) {
    expect(await readFile(join(folder, path), 'utf8')).not.toMatch(/\{\{|\}\}/);
  }
});

it('has a valid manifest that asks for nothing (A43, A44, A46-A50)', async () => {
  const { manifest, errors } = checkPackage(await packageOf(folder));
  expect(errors).toEqual([]);
  expect(manifest).toMatchObject({
    name: 'my-skill',
    version: '1.0.0',
    description: 'A custom skill for Aegis agents',
    author: 'Ada Example',
    permissions: {
      network: [],
      files: { read: [], write: [] },
      environment: { required: [], optional: [] },
      shell: false,
    },
    tools: [
      {
        name: 'example_tool',
        description: 'An example tool',
        parameters: [{ name: 'input', type: 'string', description: 'Input parameter', required: true }],
        returns: { type: 'object', description: 'Result object' },
        handler: './handlers/example',
      },
    ],
  });
});

it('exports exampleTool and tools, which say what the manifest says (A51)', async () => {
  const { manifest } = checkPackage(await packageOf(folder));
  expect(Object.keys(index).sort()).toEqual(['exampleTool', 'tools']);
  expect(index.tools).toEqual([index.exampleTool]);
  expect(manifest?.tools).toEqual([expect.objectContaining(index.exampleTool)]);
});

it('passes its own cases (A54)', async () => {
  const { manifest } = checkPackage(await packageOf(folder));
  const cases = parseCases(await readFile(join(folder, 'tests/example_tool.cases.yaml'), 'utf8'));
  if (manifest === null) throw new Error('the manifest is not valid');
  const results = await runCases(cases, handler, { manifest, tool: 'example_tool' });
  expect(results.map(({ name, failures }) => [name, failures])).toEqual(cases.map(({ name }) => [name, []]));
});

it('has nothing that the analysis finds', async () => {
  const files = await packageOf(folder);
  const report = await analyze({ files, manifest: checkPackage(files).manifest });
  expect(report).toMatchObject({ decision: 'allow', score: 100, findings: [], notInspected: [] });
});

it('type-checks with its own tsconfig.json (A58)', { timeout: 60_000 }, async () => {
  // Where `npm install` would put the SDK.
  const source = fileURLToPath(new URL('../../sdk/src/index.ts', import.meta.url));
  const config = {
    extends: './tsconfig.json',
    compilerOptions: { paths: { '@aegis/skill-sdk': [source] }, types: [] },
    include: ['**/*.ts'],
  };
  await writeFile(join(folder, 'tsconfig.check.json'), JSON.stringify(config));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', join(folder, 'tsconfig.check.json')]);
  expect(stdout).toBe('');
});

it('asks npm for the SDK that it belongs to', async () => {
  const { devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  expect(devDependencies).toEqual({ '@aegis/skill-sdk': `^${sdk.version}` });
});
