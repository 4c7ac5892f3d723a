import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Io } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';

export interface TestIo extends Io {
  /** Everything on standard output and error so far. */
  out(): string;
  err(): string;
  /** Runs one command line and returns its exit code. */
  aegis(...argv: string[]): Promise<number>;
  /** The lines of standard output as JSON. */
  json(): Record<string, unknown>[];
  clear(): void;
  stop: AbortController;
  /** What was asked of the person. */
  questions: string[];
}

export interface TestIoOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Answers of a person; given, standard input is a terminal. */
  answers?: string[];
  /** Standard output and error are a terminal. */
  terminal?: boolean;
}

/** The outside of the program for one test: a folder of its own, and nothing of the machine's environment. */
export async function testIo(options: TestIoOptions = {}): Promise<TestIo> {
  const cwd = options.cwd ?? (await temporaryFolder());
  const home = join(await temporaryFolder(), 'home');
  let out = '';
  let err = '';
  let nowMs = Date.parse('2026-11-21T12:00:00Z');
  const answers = [...(options.answers ?? [])];
  const stop = new AbortController();
  const questions: string[] = [];
  const shown = options.terminal === true;
  const io: TestIo = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    stdin: async () => options.stdin ?? '',
    env: options.env ?? {},
    cwd,
    home,
    terminal: { stdin: options.answers !== undefined, stdout: shown, stderr: shown },
    ask: async (question) => {
      questions.push(question);
      return answers.shift() ?? '';
    },
    fetch: globalThis.fetch,
    now: () => nowMs,
    // Time passes only when somebody waits.
    wait: async (delayMs) => {
      stop.signal.throwIfAborted();
      nowMs += delayMs;
    },
    signal: stop.signal,
    out: () => out,
    err: () => err,
    aegis: (...argv) => main(argv, io),
    json: () =>
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    clear: () => {
      out = '';
      err = '';
    },
    stop,
    questions,
  };
  return io;
}

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A small skill in JavaScript: one tool `greet` that says hello to `who`. */
export const GREETER: Readonly<Record<string, string>> = {
  'manifest.yaml': `name: greeter
version: 1.0.0
description: Says hello
limits:
  callSeconds: 30
tools:
  - name: greet
    description: Says hello
    parameters:
      - { name: who, type: string, description: Whom to greet, required: true }
    returns: { type: object, description: The greeting }
    handler: ./handlers/greet
`,
  'handlers/greet.js': 'export default async ({ who }) => ({ text: "Hello " + who });\n',
  'tests/greet.cases.yaml': '- name: says hello\n  input: { who: Ada }\n  expect: { text: Hello Ada }\n',
};

/** Its manifest, with other seconds for a call. */
export function greeterWithin(callSeconds: number): Record<string, string> {
  const manifest = GREETER['manifest.yaml'] ?? '';
  return { 'manifest.yaml': manifest.replace('callSeconds: 30', `callSeconds: ${callSeconds}`) };
}

/** A test's world with that skill in its folder, some files replaced or added. */
export async function greeter(changes: Record<string, string> = {}, options: TestIoOptions = {}): Promise<TestIo> {
  const io = await testIo(options);
  await writeFiles(io.cwd, { ...GREETER, ...changes });
  return io;
}
