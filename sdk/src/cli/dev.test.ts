import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GREETER, greeter, greeterWithin } from '../../testing/test-io.ts';

const MANIFEST = GREETER['manifest.yaml'] ?? '';

describe('aegis dev', () => {
  it('runs the only tool with the given input', async () => {
    const io = await greeter();
    expect(await io.aegis('dev', '--input', '{"who":"Bob"}')).toBe(0);
    expect(JSON.parse(io.out())).toEqual({ text: 'Hello Bob' });
  });

  it('takes the input of the first case, or standard input', async () => {
    const io = await greeter();
    expect(await io.aegis('dev')).toBe(0);
    expect(JSON.parse(io.out())).toEqual({ text: 'Hello Ada' });
    const piped = await greeter({}, { stdin: '{"who":"Pipe"}' });
    expect(await piped.aegis('dev', '--input', '-', '--json')).toBe(0);
    expect(piped.json()[0]).toMatchObject({ tool: 'greet', output: { text: 'Hello Pipe' }, error: null, calls: [] });
  });

  it('checks the input before the handler sees it', async () => {
    const io = await greeter();
    expect(await io.aegis('dev', '--input', '{"who":7}')).toBe(1);
    expect(io.err()).toMatch(/VALIDATION_FAILED: greet: who must be string, found number/);
    expect(await io.aegis('dev', '--input', '{who}')).toBe(2);
    expect(io.err()).toContain('--input is no JSON');
  });

  it('with --sandbox it hands the skill to aegis-agent, passes on what that says, and ends as that does', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'aegis-bin-'));
    onTestFinished(() => rm(bin, { recursive: true }));
    const agent = join(bin, 'aegis-agent');
    const says = 'console.log(JSON.stringify({ verdict: "pass", args: process.argv.slice(2) })); process.exitCode = 1;';
    await writeFile(agent, `#!${process.execPath}\n${says}\n`, { mode: 0o755 });
    const io = await greeter({}, { env: { PATH: bin } });
    expect(await io.aegis('dev', '--sandbox', '--json')).toBe(1);
    expect(io.json()[0]).toEqual({
      verdict: 'pass',
      args: ['dry-run', expect.any(String), '--tool', 'greet', '--input', '{"who":"Ada"}', '--json'],
    });
    const without = await greeter({}, { env: { PATH: join(bin, 'none') } });
    expect(await without.aegis('dev', '--sandbox')).toBe(2);
    expect(without.err()).toContain('aegis-agent in PATH');
  });

  it('lists what the tool asked for, refuses what is not declared, and really reads and writes what is', async () => {
    const io = await greeter(
      {
        'manifest.yaml': `${MANIFEST}permissions:\n  files: { read: ["in/**"], write: ["out/**"] }\n  environment: { optional: [GREETING] }\n`,
        'handlers/greet.js': `export default async (params, { files, env, fetch, log }) => {
  log('starting', { token: 'hidden' });
  await files.write('out/a.txt', env('GREETING') + (await files.read('in/a.txt')));
  const denied = await fetch('https://api.example.com/').catch((error) => error.code);
  return { denied, there: await files.list('in') , secret: process.env.OTHER ?? 'none' };
};\n`,
        'in/a.txt': ' world',
      },
      { env: { GREETING: 'hello', OTHER: 'not declared' } },
    );
    expect(await io.aegis('dev', '--json'), io.err()).toBe(0);
    expect(io.json()[0]).toMatchObject({ output: { denied: 'PERMISSION_DENIED', there: ['a.txt'], secret: 'none' } });
    expect(io.json()[0]?.calls).toHaveLength(5);
    expect(io.err()).toMatch(/log {2}starting/);
    expect(io.err()).not.toContain('hidden');
    expect(io.err()).toMatch(/allow {2}fs\.write {2}out\/a\.txt/);
    expect(io.err()).toMatch(/deny {3}net {7}api\.example\.com:443 {2}not_in_allowlist/);
  });

  it('kills a tool that does not end', async () => {
    const io = await greeter({
      ...greeterWithin(1),
      'handlers/greet.js': 'export default async () => { for (;;); };\n',
    });
    expect(await io.aegis('dev')).toBe(1);
    expect(io.err()).toContain('TIMEOUT: It did not end within 1 s and was stopped.');
  });

  it('shows where a handler failed, in its source', async () => {
    const io = await greeter({
      'handlers/greet.js': 'export default async () => {\n  throw new TypeError("no greeting");\n};\n',
    });
    expect(await io.aegis('dev')).toBe(1);
    expect(io.err()).toContain('TypeError: no greeting');
    expect(io.err()).toMatch(/greet\.js:2/);
  });

  it('asks which tool when there are several', async () => {
    const second = MANIFEST.replace(
      'tools:\n',
      'tools:\n  - { name: bye, description: Says bye, returns: { type: object, description: x }, handler: ./handlers/greet }\n',
    );
    const io = await greeter({ 'manifest.yaml': second });
    expect(await io.aegis('dev')).toBe(2);
    expect(io.err()).toContain('greeter has 2 tools. Choose one with --tool: bye, greet');
    expect(await io.aegis('dev', '--tool', 'hello')).toBe(2);
    expect(io.err()).toContain('has no tool hello');
  });

  it('runs again after a change, also after one that broke the skill, until Ctrl-C', async () => {
    const io = await greeter();
    const running = io.aegis('dev', '--watch');
    await vi.waitFor(() => expect(io.err()).toContain('Waiting for a change'), 10_000);
    expect(io.out()).toContain('Hello Ada');
    io.clear();
    await writeFile(join(io.cwd, 'manifest.yaml'), 'name: ?\n');
    await vi.waitFor(() => expect(io.err()).toContain('Waiting for a change'), 10_000);
    expect(io.err()).toContain('The manifest is not valid');
    io.clear();
    await writeFile(join(io.cwd, 'manifest.yaml'), MANIFEST);
    await vi.waitFor(() => expect(io.out()).toContain('Hello Ada'), 10_000);
    io.stop.abort();
    expect(await running).toBe(0);
  });
});
