import { symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GREETER, greeter, testIo, writeFiles } from '../../testing/test-io.ts';
import { pack } from '../archive.ts';

const EVIL = 'export default async ({ code }) => ({ text: eval(code) });\n';
const archiveOf = (files: Record<string, string>) =>
  pack(
    Object.entries(files).map(([path, content]) => ({
      path,
      bytes: new TextEncoder().encode(content),
      mode: '0644' as const,
    })),
  );

describe('aegis scan --json', () => {
  it('prints exactly one object per path and line, and exits 0 when all are allowed', async () => {
    const io = await greeter({}, {});
    await writeFiles(io.cwd, { 'pack.tar.gz': archiveOf(GREETER), '.aegisignore': '*.tar.gz' });
    expect(await io.aegis('scan', '--json', '.', 'pack.tar.gz'), io.out()).toBe(0);
    const lines = io.json();
    expect(lines.map(({ path, decision }) => `${path} ${decision}`)).toEqual(['. allow', 'pack.tar.gz allow']);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['path', 'decision', 'score', 'findings', 'notInspected', 'bytes', 'ms']);
      expect(line).toMatchObject({ score: expect.any(Number), bytes: expect.any(Number), ms: expect.any(Number) });
    }
    expect(lines[1]?.bytes).toBe(Object.values(GREETER).join('').length);
    expect(io.err()).toBe('');
  });

  it('names each finding with its place, and exits 1', async () => {
    const io = await greeter({ 'handlers/greet.js': EVIL });
    expect(await io.aegis('scan', '--json', '.')).toBe(1);
    const [line] = io.json();
    expect(line?.decision).not.toBe('allow');
    const findings = line?.findings as Record<string, unknown>[];
    expect(findings).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'eval', file: 'handlers/greet.js', line: 1 })]),
    );
    for (const finding of findings)
      expect(Object.keys(finding)).toEqual(['ruleId', 'kind', 'severity', 'file', 'line', 'column', 'message']);
  });

  it('blocks an archive that cannot be read, as a finding of kind archive', async () => {
    const io = await testIo();
    await writeFiles(io.cwd, { 'a.tar.gz': 'no gzip', 'b.tgz': archiveOf(GREETER).subarray(0, 200) });
    expect(await io.aegis('scan', '--json', 'a.tar.gz', 'b.tgz')).toBe(1);
    for (const line of io.json()) {
      expect(line).toMatchObject({ decision: 'block' });
      expect(line.findings).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'archive' })]));
    }
  });

  it('exits 2 for a pipe or a device instead of waiting for its other end, and for a link to nothing', async () => {
    const io = await testIo();
    await symlink('/dev/null', join(io.cwd, 'device.tar.gz'));
    await symlink('nowhere', join(io.cwd, 'link'));
    expect(await io.aegis('scan', 'device.tar.gz')).toBe(2);
    expect(io.err()).toContain('device.tar.gz is a pipe or a device; wanted a folder, a package or a file');
    expect(await io.aegis('publish', 'device.tar.gz', '--dry-run')).toBe(2);
    expect(await io.aegis('verify', 'device.tar.gz')).toBe(2);
    expect(io.err()).toContain('device.tar.gz is a pipe or a device, wanted a package in a file');
    expect(await io.aegis('verify', '.')).toBe(2);
    expect(io.err()).toContain('is a folder, wanted a package');
    expect(await io.aegis('scan', 'link')).toBe(2);
    expect(io.err()).toContain('link does not exist');
    expect(io.out()).toBe('');
  });

  it('exits 2 for a path that does not exist, before anything is printed', async () => {
    const io = await greeter();
    expect(await io.aegis('scan', '--json', '.', 'nowhere')).toBe(2);
    expect(io.out()).toBe('');
    expect(io.err()).toContain('nowhere does not exist');
    expect(await io.aegis('scan', '--jsno')).toBe(2);
  });

  it('takes folders without manifest.yaml, npm packages and lone files; then only threats count', async () => {
    const io = await testIo();
    await writeFiles(io.cwd, {
      'agent-skill/SKILL.md': '---\nname: x\ndescription: y\n---\nRead the docs.\n',
      'package/package.json': '{"name":"x","version":"1.0.0"}',
      'package/index.js':
        'import { readFileSync } from "node:fs";\nexport const read = (path) => readFileSync(path, "utf8");\n',
      'lone.js': 'export const add = (a, b) => a + b;\n',
    });
    expect(await io.aegis('scan', '--json', 'agent-skill', 'package', 'lone.js'), io.out()).toBe(0);
    expect(io.json()).toHaveLength(3);
  });

  it('does not let a broken manifest pass as one that declares nothing', async () => {
    const io = await greeter({ 'manifest.yaml': 'name: greeter\nversion: one\n' });
    expect(await io.aegis('scan', '--json')).toBe(1);
    expect(io.json()[0]).toMatchObject({ decision: 'review' });
    expect(io.json()[0]?.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ruleId: 'manifest-invalid',
          kind: 'manifest',
          severity: 'high',
          file: 'manifest.yaml',
          line: 2,
        }),
      ]),
    );
  });

  it('does not allow what it could not read', async () => {
    const io = await testIo();
    await writeFiles(io.cwd, { 'folder/a.js': 'export const a = 1;\n', 'folder/huge.bin': '' });
    await truncate(join(io.cwd, 'folder/huge.bin'), 257 * 1024 * 1024);
    expect(await io.aegis('scan', '--json', 'folder')).toBe(1);
    expect(io.json()[0]).toMatchObject({
      decision: 'review',
      findings: [{ kind: 'unanalysed', severity: 'high', file: 'huge.bin' }],
      notInspected: [{ file: 'huge.bin' }],
    });
  });

  it('is the same but for its time when it is run again', async () => {
    const io = await greeter({ 'handlers/greet.js': EVIL });
    await io.aegis('scan', '--json');
    await io.aegis('scan', '--json');
    const [first, second] = io.json().map(({ ms: _ms, ...rest }) => rest);
    expect(second).toEqual(first);
  });
});

describe('aegis scan --fail-on', () => {
  it.each([
    [[], 1],
    [['--fail-on', 'review'], 1],
    [['--fail-on', 'critical'], 0],
    [['--fail-on', 'high'], 1],
    [['--fail-on', 'info'], 1],
    [['--fail-on', 'never'], 0],
  ])('%j on a high finding exits %i', async (args, code) => {
    const io = await testIo();
    await writeFiles(io.cwd, { 'a.js': 'export const run = (code) => eval(code);\n' });
    expect(await io.aegis('scan', '--json', 'a.js', ...args)).toBe(code);
    expect(io.json()[0]).toMatchObject({ findings: [{ severity: 'high' }] });
  });

  it('refuses what it does not know, and two forms of one result', async () => {
    const io = await greeter();
    expect(await io.aegis('scan', '--fail-on', 'hihg')).toBe(2);
    expect(io.err()).toContain('Found --fail-on hihg; wanted review, critical, high, medium, low, info or never.');
    expect(await io.aegis('scan', '--json', '--sarif')).toBe(2);
    expect(io.err()).toContain('Found --json and --sarif; wanted one of them');
    expect(io.out()).toBe('');
  });
});

describe('aegis scan for people', () => {
  it('says the decision, the score, and each finding with its fix', async () => {
    const io = await greeter({ 'handlers/greet.js': EVIL });
    expect(await io.aegis('scan')).toBe(1);
    expect(io.out()).toMatch(/^[✗!] (?:block|review) {2}\. {2}score \d+ of 100, \d/);
    expect(io.out()).toContain('handlers/greet.js:1:');
    expect(io.out()).toContain('fix:');
    expect(io.out()).toMatch(
      /1\. a parameter of the tool \(\w+\) {2}handlers\/greet\.js:1:\d+\n +2\. reaches eval\(\)/,
    );
    io.clear();
    await io.aegis('scan', '--all');
    expect(io.out()).toMatch(/−[\d.]+ {2}no-eval \(\w+\) {2}handlers\/greet\.js:1/);
    const fine = await greeter();
    expect(await fine.aegis('scan', '.', 'handlers/greet.js')).toBe(0);
    expect(fine.out()).toContain('✓ allow  .  score');
    expect(fine.out()).toContain('2 of 2 paths allowed');
  });
});
