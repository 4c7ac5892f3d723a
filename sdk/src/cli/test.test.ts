import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GREETER, greeter, greeterWithin, testIo } from '../../testing/test-io.ts';

const MANIFEST = GREETER['manifest.yaml'] ?? '';

describe('aegis test', () => {
  it('runs the cases of each tool and exits 0 when all pass', async () => {
    const io = await greeter();
    expect(await io.aegis('test')).toBe(0);
    expect(io.out()).toContain('tests/greet.cases.yaml\n  ✓ says hello\n');
    expect(io.out()).toContain('✓ 1 case passed');
  });

  it('says what was expected and what was found, and exits 1', async () => {
    const io = await greeter({
      'tests/greet.cases.yaml':
        '- name: says bye\n  input: { who: Ada }\n  expect: { text: Bye Ada }\n- name: again\n  input: { who: Ada }\n',
    });
    expect(await io.aegis('test', '--json')).toBe(1);
    const [line] = io.json();
    expect(line).toMatchObject({ passed: 1, failed: 1, notRun: 0 });
    expect(JSON.stringify(line)).toMatch(/Bye Ada.*Hello Ada/);
  });

  it('stops a handler that hangs at limits.callSeconds, and runs the next case all the same', async () => {
    const io = await greeter({
      ...greeterWithin(2),
      'handlers/greet.js':
        'export default async ({ who }) => { if (who === "loop") for (;;); if (who === "wait") await new Promise(() => setInterval(() => {}, 1000)); return { text: who }; };\n',
      'tests/greet.cases.yaml':
        '- { name: loops, input: { who: loop } }\n- { name: waits, input: { who: wait } }\n- { name: answers, input: { who: ok } }\n',
    });
    expect(await io.aegis('test', '--json')).toBe(1);
    const files = io.json()[0]?.files as { cases: { name: string; passed: boolean; failures: string[] }[] }[];
    expect(files[0]?.cases).toMatchObject([
      { name: 'loops', passed: false },
      { name: 'waits', passed: false },
      { name: 'answers', passed: true },
    ]);
    expect(files[0]?.cases[0]?.failures[0]).toBe('It did not end within 2 s and was stopped.');
  });

  it('enforces the permissions, also for the global fetch', async () => {
    const io = await greeter({
      'handlers/greet.js':
        'export default async () => { const r = await fetch("https://api.example.com/x"); return r.json(); };\n',
      'tests/greet.cases.yaml':
        '- name: is denied\n  input: { who: Ada }\n  http: [{ url: "https://api.example.com/x", body: { a: 1 } }]\n  expect: { error: PERMISSION_DENIED }\n',
    });
    expect(await io.aegis('test'), io.out()).toBe(0);
    const granted = await greeter({
      'manifest.yaml': `${MANIFEST}permissions:\n  network: [api.example.com]\n`,
      'handlers/greet.js':
        'export default async () => { const r = await fetch("https://api.example.com/x"); return r.json(); };\n',
      'tests/greet.cases.yaml':
        '- name: is answered\n  input: { who: Ada }\n  http: [{ url: "https://api.example.com/x", body: { a: 1 } }]\n  expect: { a: 1 }\n',
    });
    expect(await granted.aegis('test'), granted.out()).toBe(0);
  });

  it('gives the handler nothing of the machine’s environment, and a folder of its own', async () => {
    process.env.AEGIS_TEST_LEAK = 'leaked';
    const io = await greeter({
      'handlers/greet.js':
        'import { readFileSync, writeFileSync } from "node:fs";\nexport default async () => { writeFileSync("made.txt", "x"); return { text: String(process.env.AEGIS_TEST_LEAK) + readFileSync("in/a.txt", "utf8") }; };\n',
      'tests/greet.cases.yaml':
        '- name: is alone\n  input: { who: Ada }\n  files: { in/a.txt: " A", ../out.txt: no }\n  expect: { text: undefined A }\n',
    });
    expect(await io.aegis('test'), io.out()).toBe(0);
    expect(await readdir(io.cwd)).toEqual(['handlers', 'manifest.yaml', 'tests']);
    delete process.env.AEGIS_TEST_LEAK;
  });

  it('fails a case whose handler ends the process, throws, or is not there', async () => {
    const exits = await greeter({ 'handlers/greet.js': 'export default async () => process.exit(0);\n' });
    expect(await exits.aegis('test')).toBe(1);
    expect(exits.out()).toContain('ended its process (exit code 0)');
    const throws = await greeter({ 'handlers/greet.js': 'export default async () => { throw new Error("boom"); };\n' });
    expect(await throws.aegis('test')).toBe(1);
    expect(throws.out()).toContain('boom');
    const missing = await greeter({ 'handlers/greet.js': 'export const other = 1;\n' });
    expect(await missing.aegis('test')).toBe(1);
    expect(missing.out()).toMatch(/exports other; wanted a function as the default export/);
  });

  it('names the line of cases that cannot be read', async () => {
    const io = await greeter({ 'tests/greet.cases.yaml': '- name: x\n  inputs: {}\n' });
    expect(await io.aegis('test')).toBe(1);
    expect(io.err()).toMatch(/tests\/greet\.cases\.yaml/);
    expect(io.err()).toContain('inputs');
  });

  it('does not pass over cases that it cannot run, and a skill without cases does not pass', async () => {
    const stray = await greeter({ 'tests/other.cases.yaml': '- name: x\n' });
    expect(await stray.aegis('test')).toBe(1);
    expect(stray.out()).toContain('not run: manifest.yaml has no tool other');
    expect(await stray.aegis('test', '--tool', 'greet')).toBe(0);
    const none = await greeter({ 'tests/greet.cases.yaml': '[]' });
    expect(await none.aegis('test', '--tool', 'nothing')).toBe(2);
    expect(none.err()).toContain('greeter has no tool nothing. Choose one with --tool: greet');
    await rm(join(none.cwd, 'tests'), { recursive: true });
    expect(await none.aegis('test')).toBe(1);
    expect(none.out()).toContain('greeter has no cases');
  });

  it('has nothing to test in a skill that is read and not run', async () => {
    const io = await testIo();
    await io.aegis('init', 'to-read', '--template', 'instructions', '--yes');
    io.clear();
    expect(await io.aegis('test', 'to-read')).toBe(0);
    expect(io.out()).toBe('to-read has no tools: it is read, not run, so there is nothing to test.\n');
  });
});
