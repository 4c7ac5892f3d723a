import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze } from '@aegis/skill-sdk/analyze';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import { parseCases, runCases } from '@aegis/skill-sdk/testing';
import type { ToolHandler } from '@aegis/skill-sdk/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as ratesHandlers from '../skills/exchange-rates/handlers/rates.ts';
import { tools as ratesTools } from '../skills/exchange-rates/index.ts';
import * as filesHandlers from '../skills/safe-files/handlers/files.ts';
import { tools as filesTools } from '../skills/safe-files/index.ts';
import { SKILL_METADATA } from '../skills/safe-files/lib/safe-files.ts';
import * as tableHandlers from '../skills/table-tools/handlers/tables.ts';
import { tools as tableTools } from '../skills/table-tools/index.ts';

/** `findings`: what the analysis rightly asks a reviewer about, as rule and file. */
const EXAMPLES = [
  {
    name: 'exchange-rates',
    tools: ratesTools,
    handlers: ratesHandlers,
    decision: 'review',
    // The server that the user names.
    findings: ['high declared-network lib/rates.ts'],
  },
  {
    name: 'safe-files',
    tools: filesTools,
    handlers: filesHandlers,
    decision: 'review',
    // The paths that the agent names.
    findings: ['lib/file.ts', 'lib/folder.ts'].map((file) => `high declared-files ${file}`),
  },
  { name: 'table-tools', tools: tableTools, handlers: tableHandlers, decision: 'allow', findings: [] },
];
const SKILLS = fileURLToPath(new URL('../skills/', import.meta.url));

// safe-files writes into the working directory.
const home = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** The files of an example as they lie in its package. */
async function packageOf(name: string) {
  const found = await readdir(join(SKILLS, name), { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(SKILLS, name).length + 1));
  return Promise.all(
    paths.sort().map(async (path) => ({
      path,
      bytes: new Uint8Array(await readFile(join(SKILLS, name, path))),
      mode: '0644' as const,
    })),
  );
}

it('tests every example that there is (C15, C64)', async () => {
  const inPython = ['service-status'];
  expect((await readdir(SKILLS)).sort()).toEqual([...EXAMPLES.map(({ name }) => name), ...inPython].sort());
});

describe.each(EXAMPLES)('$name', ({ name, tools, handlers, decision, findings }) => {
  it(`is one to ${decision}, and nothing in it blocks the approval (A172)`, async () => {
    const files = await packageOf(name);
    const report = await analyze({ files, manifest: checkPackage(files).manifest });
    expect(report.decision).toBe(decision);
    const found = report.findings.map(({ severity, ruleId, file }) => `${severity} ${ruleId} ${file}`);
    expect([...new Set(found)].sort()).toEqual(findings);
  });

  it('has a valid manifest, and its index.ts says the same', async () => {
    const { manifest, errors } = checkPackage(await packageOf(name));
    expect(errors).toEqual([]);
    expect(manifest?.name).toBe(name);
    const byName = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(manifest?.tools.map((tool) => tool.name)).toEqual(byName.map((tool) => tool.name));
    for (const [index, tool] of byName.entries()) expect(manifest?.tools[index]).toMatchObject(tool);
  });

  it.each(tools.map((tool) => [tool.name, tool]))('%s passes its cases (C64)', async (toolName, tool) => {
    const { manifest } = checkPackage(await packageOf(name));
    const file = join(SKILLS, name, 'tests', `${toolName}.cases.yaml`);
    const cases = parseCases(await readFile(file, 'utf8'), file);
    const handler = Object.entries(handlers).find(([key]) => key === tool.handler.split('#')[1])?.[1];
    if (manifest === null || handler === undefined) throw new Error(`${toolName} has no handler or no manifest`);
    const results = await runCases(cases, handler as ToolHandler<never>, { manifest, tool: toolName });
    expect(results.filter(({ passed }) => !passed).map(({ name: title, failures }) => [title, failures])).toEqual([]);
  });
});

it('the folder that safe-files makes is worked out, also the one that SAFE_FILES_DIR names (A165, C12)', async () => {
  const files = await packageOf('safe-files');
  const made = async () => {
    const { events } = await analyze({ files, manifest: checkPackage(files).manifest });
    return events.filter(({ kind, at }) => kind === 'fs.write' && at?.file === 'lib/safe-files.ts');
  };
  // `workspace`, or one folder in it: both are declared, so there is nothing to ask a reviewer about.
  expect(await made()).toMatchObject([{ values: ['workspace', 'workspace/**'], complete: true }]);
  const handlers = files.find(({ path }) => path === 'handlers/files.ts');
  if (handlers === undefined) throw new Error('safe-files has no handlers/files.ts');
  const text = new TextDecoder().decode(handlers.bytes);
  const open = text.replace("sandboxOf(context.env('SAFE_FILES_DIR'))", "context.env('SAFE_FILES_DIR') ?? ''");
  expect(open).not.toBe(text);
  handlers.bytes = new TextEncoder().encode(open);
  expect(await made()).toMatchObject([{ complete: false }]);
});

it('safe-files says the same in its metadata as in its manifest (C12, C69)', async () => {
  const { manifest } = checkPackage(await packageOf('safe-files'));
  expect(manifest).toMatchObject({
    name: SKILL_METADATA.id,
    version: SKILL_METADATA.version,
    description: SKILL_METADATA.description,
    securityLevel: SKILL_METADATA.securityLevel,
    requiresApproval: SKILL_METADATA.requiresHitl,
  });
});
