import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze } from '@aegis/skill-sdk/analyze';
import type { PackageFile } from '@aegis/skill-sdk/archive';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../hostile', import.meta.url));

function filesBelow(folder: string): PackageFile[] {
  return readdirSync(folder, { recursive: true })
    .map((path) => join(folder, String(path)))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path: relative(folder, path), bytes: new Uint8Array(readFileSync(path)), mode: '0644' }));
}

it.each([
  ['eval-loader', 'block', 'no_eval', 'error', 'critical'],
  ['baked-key', 'block', 'no_hardcoded_secrets', 'error', 'critical'],
  ['phone-home', 'block', 'declared_network', 'error', 'critical'],
  ['nosy-reader', 'block', 'declared_files', 'error', 'critical'],
  ['shell-runner', 'review', 'no_shell_exec', 'warning', 'medium'],
  ['unchecked-input', 'review', 'input_validation', 'warning', 'medium'],
] as const)(
  '%s: decision %s, for the check %s of level %s (A162-A167)',
  async (name, decision, check, level, severity) => {
    const files = filesBelow(join(ROOT, name));
    const { manifest, errors } = checkPackage(files);
    expect(errors).toEqual([]);
    const report = await analyze({ files, manifest });
    expect(report.decision).toBe(decision);
    expect(report.findings).toContainEqual(expect.objectContaining({ check, level, severity }));
  },
);

it.each(readdirSync(ROOT))('%s refuses to run outside the sandbox', async (name) => {
  const folder = join(ROOT, name, 'handlers');
  for (const file of readdirSync(folder)) {
    await expect(import(/* @vite-ignore */ join(folder, file))).rejects.toThrow('in the sandbox only');
  }
});
