import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type TestIo, testIo, writeFiles } from '../../testing/test-io.ts';
import { unpack } from '../archive.ts';

// The machine's Python runs these handlers for real; where there is none, each of them says so and fails.

const MINUTE_MS = 60_000;

const MANIFEST = `name: snake
version: 1.0.0
description: Tries things
permissions:
  network: [api.example.com]
  files: { read: [in/**], write: [out/**] }
  environment: { required: [], optional: [TOKEN] }
limits: { callSeconds: 30 }
tools:
  - name: try_it
    description: Tries
    parameters:
      - { name: what, type: string, description: What, required: true }
    returns: { type: object, description: What came }
    handler: ./handlers/try_it.py
`;

/** A skill with this body of \`handle\`, and its cases. */
async function snake(
  body: string,
  more: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<TestIo> {
  const io = await testIo({ env });
  const lines = body.split('\n').map((line) => `    ${line}`);
  const handler = `import json\n\n\ndef handle(params, context):\n${lines.join('\n')}\n`;
  await writeFiles(io.cwd, { 'manifest.yaml': MANIFEST, 'handlers/try_it.py': handler, ...more });
  return io;
}

const cases = (...list: object[]) => ({ 'tests/try_it.cases.yaml': JSON.stringify(list) });
const dev = (io: TestIo) => io.aegis('dev', '--input', '{"what": "x"}', '--json');

describe('a Python handler', { timeout: MINUTE_MS }, () => {
  it('runs its cases with files, variables, answers and log of the context', async () => {
    const io = await snake(
      `from helper import double
answer = context.fetch("https://api.example.com/v1", method="POST", json={"a": 1})
context.files.write("out/x.txt", answer.json()["text"])
context.log("done", status=answer.status)
return {"text": context.files.read("in/a.txt") + answer.text(), "token": context.env("TOKEN"), "list": context.files.list("in"), "two": double(1)}`,
      {
        'handlers/helper.py': 'def double(n):\n    return n * 2\n',
        ...cases({
          name: 'all of it',
          input: { what: 'x' },
          files: { 'in/a.txt': 'A' },
          env: { TOKEN: 't' },
          http: [{ method: 'POST', url: 'https://api.example.com/v1', body: { text: 'hi' } }],
          expect: { text: 'A{"text":"hi"}', token: 't', list: ['a.txt'], two: 2 },
        }),
      },
    );
    expect(await io.aegis('test'), io.out() + io.err()).toBe(0);
  });

  it.each([
    ['fetch', 'context.fetch("https://evil.example/")', 'evil.example'],
    ['read', 'context.files.read("/etc/passwd")', '/etc/passwd'],
    ['write', 'context.files.write("in/x", "x")', 'in/x'],
    ['remove', 'context.files.remove("in/x")', 'in/x'],
    ['env', 'context.env("HOME")', 'HOME'],
  ])('is refused %s that the manifest does not declare, as a PermissionError', async (_what, line, value) => {
    const io = await snake(
      `try:
    ${line}
except PermissionError as error:
    return {"code": error.code, "text": str(error)}
return {}`,
      cases({ name: 'x', input: { what: 'x' }, expect: { code: 'PERMISSION_DENIED' } }),
    );
    expect(await io.aegis('test'), io.out()).toBe(0);
    io.clear();
    await dev(io);
    expect(io.json()[0]).toMatchObject({ output: { code: 'PERMISSION_DENIED' } });
    expect(JSON.stringify(io.json()[0])).toContain(value);
  });

  it('meets the same fence with urllib: in a case nothing leaves, in dev only what is declared', async () => {
    const server = createServer((_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    server.on('request', () => asked++);
    const io = await snake(
      `import urllib.request
return {"text": urllib.request.urlopen("http://localhost:${port}/").read().decode()}`,
      cases({ name: 'x', input: { what: 'x' }, expect: { error: 'in a case nothing leaves' } }),
    );
    expect(await io.aegis('test'), io.out()).toBe(0);
    io.clear();
    expect(await dev(io)).toBe(1);
    expect(io.json()[0]).toMatchObject({ calls: [], error: { code: 'PERMISSION_DENIED' } });
    expect(io.err()).toContain(`localhost:${port}`);
    expect(asked).toBe(0);
  });

  it('that raises says where, in the skill’s own lines', async () => {
    const io = await snake('return {"x": params["what"] / 2}');
    expect(await dev(io)).toBe(1);
    expect(io.json()[0]).toMatchObject({
      error: { name: 'TypeError', stack: expect.stringContaining('at handle (handlers/try_it.py:5)') },
    });
  });

  it.each([
    ['returns what JSON cannot hold', 30, 'return {"x": object()}', 'what JSON cannot hold'],
    ['ends its process', 30, 'import os\nos._exit(3)', 'ended its process (exit code 3)'],
    ['calls sys.exit', 30, 'import sys\nsys.exit("bye")', 'bye'],
    ['never ends', 1, 'while True:\n    pass', 'TIMEOUT'],
  ])('that %s fails with clear words', async (_what, callSeconds, body, words) => {
    const io = await snake(body);
    await writeFiles(io.cwd, { 'manifest.yaml': MANIFEST.replace('callSeconds: 30', `callSeconds: ${callSeconds}`) });
    expect(await dev(io)).toBe(1);
    expect(JSON.stringify(io.json()[0])).toMatch(new RegExp(words.replace(/[()]/g, '\\$&'), 'i'));
  });

  it('may print, and may be asynchronous', async () => {
    const io = await snake('return {}');
    const code =
      'import asyncio\n\nasync def handle(params, context):\n    print("to nobody")\n    await asyncio.sleep(0)\n    return {"ok": True}\n';
    await writeFiles(io.cwd, { 'handlers/try_it.py': code });
    expect(await dev(io), io.err()).toBe(0);
    expect(io.json()[0]).toMatchObject({ output: { ok: true } });
    await vi.waitFor(() => expect(io.err()).toContain('to nobody'));
  });

  it.each([
    ['does not parse', 'def handle(params, context)\n    return {}\n', /try_it\.py:1:\d+/],
    ['lacks the function', 'def other():\n    pass\n', /no def handle\(params, context\)/],
    ['takes too few arguments', 'def handle(params):\n    return {}\n', /handle takes 1 arguments/],
  ])('that %s is refused by build, with its place', async (_what, code, words) => {
    const io = await snake('return {}');
    await writeFiles(io.cwd, { 'handlers/try_it.py': code });
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toMatch(words);
  });
});

describe('a package with tools', { timeout: MINUTE_MS }, () => {
  it('runs from any shell: JSON in, JSON out, whatever the tool prints', async () => {
    const io = await testIo();
    for (const [template, program, runner] of [
      ['typescript', process.execPath, 'aegis-run.mjs'],
      ['python', 'python3', 'aegis_run.py'],
    ] as const) {
      expect(await io.aegis('init', template, '--template', template, '--yes')).toBe(0);
      expect(await io.aegis('validate', template), io.err()).toBe(0);
      expect(await io.aegis('test', template), io.out()).toBe(0);
      if (template === 'python') await addTimes(join(io.cwd, template));
      expect(await io.aegis('build', template), io.err()).toBe(0);
      const unpacked = join(io.cwd, `${template}-unpacked`);
      const archive = await readFile(join(io.cwd, template, `dist/${template}-1.0.0.tar.gz`));
      for (const { path, bytes } of unpack(new Uint8Array(archive))) await writeFiles(unpacked, { [path]: bytes });
      const run = (tool: string, input: string) =>
        new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
          const child = execFile(program, [join(unpacked, runner), tool], (error, stdout, stderr) =>
            resolve({ code: error?.code ?? 0, stdout, stderr }),
          );
          child.stdin?.end(input);
        });
      const good = await run('example_tool', '{"input": "one two"}');
      expect(good, good.stderr).toMatchObject({ code: 0 });
      // A default of the manifest holds here as under `aegis test`.
      expect(JSON.parse(good.stdout)).toMatchObject({ words: template === 'python' ? 4 : 2 });
      expect(await run('nothing', '{}')).toMatchObject({ code: 2, stdout: '' });
      for (const [input, words] of [
        ['no JSON', /^example_tool: standard input is not JSON .+; wanted one object with the parameters$/],
        ['[1]', /^example_tool: the input must be an object, found array$/],
        ['{"inptu": 1}', /^example_tool: input is required; inptu is unknown; known are input(?:, times)?$/],
        ['{"input": true}', /^example_tool: input must be string, found boolean$/],
      ] as const) {
        const refused = await run('example_tool', input);
        expect(refused).toMatchObject({ code: 1, stdout: '' });
        expect(refused.stderr.trim().replace(/\s+/g, ' ')).toMatch(words);
      }
      io.clear();
      await io.aegis('scan', unpacked, '--json');
      const { findings } = io.json()[0] as { findings: { file: string }[] };
      expect(findings.filter(({ file }) => /aegis[-_]run/.test(file))).toEqual([]);
    }
  });

  it('of instructions alone has no runner, and builds', async () => {
    const io = await testIo();
    expect(await io.aegis('init', 'words', '--template', 'instructions', '--yes')).toBe(0);
    for (const command of ['validate', 'test', 'build']) expect(await io.aegis(command, 'words'), io.err()).toBe(0);
    expect(io.out()).not.toContain('aegis-run');
    expect(await io.aegis('init', 'other', '--template', 'rust')).toBe(2);
    expect(io.err()).toContain('Wanted one of: typescript, python, instructions');
  });
});

/** A parameter that nobody has to give, and a handler that counts on it. */
async function addTimes(folder: string): Promise<void> {
  for (const [file, from, to] of [
    [
      'manifest.yaml',
      '        required: true\n',
      '        required: true\n      - { name: times, type: number, description: x, default: 2 }\n',
    ],
    ['handlers/example.py', 'len(words)}', 'len(words) * params["times"]}'],
  ] as const) {
    const text = await readFile(join(folder, file), 'utf8');
    expect(text).toContain(from);
    await writeFiles(folder, { [file]: text.replace(from, to) });
  }
}
