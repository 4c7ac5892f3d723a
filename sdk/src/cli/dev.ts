import { watch } from 'node:fs';
import { resolve } from 'node:path';
import type { ContextCall } from '../context.ts';
import { AegisError } from '../errors.ts';
import { parseCases } from '../testing.ts';
import type { SkillManifest, ToolDefinition } from '../types.ts';
import { requireSkill } from './check-skill.ts';
import { defineCommand, type Run } from './command.ts';
import { runInSandbox } from './dev-sandbox.ts';
import type { Io } from './io.ts';
import { describeError } from './show-error.ts';
import { type SkillFolder, textOf } from './skill-folder.ts';
import { withTemporaryFolder } from './temporary.ts';
import { plain } from './terminal.ts';
import { type CallOutcome, startTool, type ToolEvent } from './tool-process.ts';
import { bundleTool, chooseTool } from './tool-target.ts';

/** An editor writes a file in several steps; they are one change. */
const SETTLE_MS = 120;

const options = {
  tool: { type: 'string', value: 'NAME', text: 'Which tool (needed when there are several)' },
  input: {
    type: 'string',
    value: 'JSON',
    text: 'Its parameters; - reads standard input (default: those of the first case)',
  },
  work: { type: 'string', value: 'DIR', text: 'Working folder of the tool (default: the skill’s folder)' },
  sandbox: {
    type: 'boolean',
    text: 'Run it in a sandbox (aegis-agent dry-run) and compare what it did with the manifest',
  },
  watch: { type: 'boolean', short: 'w', text: 'Run again whenever a file of the skill changes' },
} as const;
type DevRun = Run<typeof options>;

/** `aegis dev [DIR]`: runs one tool for real, with the manifest's permissions enforced. */
export const dev = defineCommand({
  usage: 'dev [DIR]',
  summary: 'Run a tool with JSON input, its permissions enforced',
  about:
    'The tool really runs: it reaches the hosts, files and variables that manifest.yaml declares, and nothing else through\nits context or fetch. What it asked for is listed, allowed or not.',
  arguments: { min: 0, max: 1 },
  options,
  examples: [
    [`aegis dev --tool example_tool --input '{"input": "hello"}'`, 'Run one tool once'],
    ['aegis dev --watch', 'Run it again after each change'],
    ['aegis dev --sandbox', 'Run it where nothing leaves, and see everything that it does'],
    ['echo \'{"input": "x"}\' | aegis dev --input - --json', 'For a program: {"output": …, "error": …, "calls": […]}'],
  ],
  async run(run) {
    const { io, rest, values } = run;
    const folder = rest[0] ?? '.';
    const input = await readInput(io, values.input);
    if (values.watch !== true) return runOnce(run, folder, input);
    for await (const _change of changes(resolve(io.cwd, folder), io)) {
      await runOnce(run, folder, input).catch((error: unknown) => {
        // Ctrl-C is how watching ends.
        if (io.signal.aborted) return;
        if (!(error instanceof AegisError)) throw error;
        run.warn(describeError(error, run.paint));
      });
      run.warn(run.paint('dim', 'Waiting for a change. Ctrl-C ends.'));
    }
    return 0;
  },
});

async function readInput(io: Io, given: string | undefined): Promise<unknown> {
  if (given === undefined) return undefined;
  const text = given === '-' ? await io.stdin() : given;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `--input is no JSON (${cause instanceof Error ? cause.message : cause}). Wanted an object like '{"input": "hello"}'.`,
      cause,
    });
  }
}

/** Once at the start, and once after each change of a file that belongs to the skill; a change during a run counts. */
async function* changes(folder: string, io: Io): AsyncGenerator<void> {
  let wake = () => {};
  let changed = false;
  const watcher = watch(folder, { recursive: true }, (_event, filename) => {
    if (/(?:^|\/)(?:\.|node_modules\/)|^dist\//.test((filename ?? '').replaceAll('\\', '/'))) return;
    changed = true;
    wake();
  });
  io.signal.addEventListener('abort', () => wake());
  try {
    while (!io.signal.aborted) {
      changed = false;
      yield;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!changed && !io.signal.aborted) await woken;
      if (!io.signal.aborted) await io.wait(SETTLE_MS);
    }
  } finally {
    watcher.close();
  }
}

async function runOnce(run: DevRun, path: string, given: unknown): Promise<number> {
  const { io, values } = run;
  const line = run.progress();
  line.update('Checking …');
  const { folder, manifest } = await requireSkill(path, io.cwd).finally(() => line.done());
  const tool = chooseTool(manifest, values.tool);
  const input = given ?? sampleInput(folder, tool) ?? {};
  if (values.sandbox === true) return runInSandbox(run, { folder: folder.path, tool: tool.name, input });
  const env = declaredEnv(run, manifest);
  const outcome = await withTemporaryFolder(async (temporary) => {
    const target = await bundleTool(folder, tool, temporary);
    const { permissions, tools, limits } = manifest;
    const running = startTool({
      ...target,
      manifest: { permissions, tools },
      tool: tool.name,
      callMs: limits.callSeconds * 1000,
      onEvent: (event) => showEvent(run, event),
      signal: io.signal,
      onOutput: (text) => run.warn(run.paint('dim', plain(text.trimEnd()))),
    });
    const workFolder = values.work === undefined ? folder.path : resolve(io.cwd, values.work);
    return running
      .call({ input, workFolder, env })
      .catch(stopped)
      .finally(() => running.stop());
  });
  // Ctrl-C ends the tool's process too; that is no failure of the tool.
  io.signal.throwIfAborted();
  return showOutcome(run, tool, input, outcome);
}

/** The input of the first case, so that `aegis dev` alone does something. */
function sampleInput(folder: SkillFolder, tool: ToolDefinition): unknown {
  const text = textOf(folder.files, `tests/${tool.name}.cases.yaml`);
  return text === null ? undefined : parseCases(text)[0]?.input;
}

function declaredEnv({ io, warn }: DevRun, manifest: SkillManifest): Record<string, string> {
  const { required, optional } = manifest.permissions.environment;
  const missing = required.filter((name) => io.env[name] === undefined);
  if (missing.length > 0) warn(`Not set, though manifest.yaml requires it: ${missing.join(', ')}`);
  const present = [...required, ...optional].flatMap((name) => {
    const value = io.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(present);
}

/** A run that had to be stopped has no output. */
function stopped(error: unknown): CallOutcome {
  if (!(error instanceof AegisError)) throw error;
  return {
    output: null,
    error: { name: error.name, message: error.message, code: error.code, stack: null },
    calls: [],
  };
}

function showEvent({ warn, paint }: DevRun, event: ToolEvent): void {
  if (event.kind === 'log')
    warn(
      `${paint('blue', 'log')}  ${plain(event.message)}${event.fields === undefined ? '' : ` ${plain(JSON.stringify(event.fields))}`}`,
    );
  if (event.kind === 'call') warn(describeCall(event.call, paint));
}

function describeCall(call: ContextCall, paint: DevRun['paint']): string {
  const word = call.allowed ? paint('green', 'allow') : paint('red', 'deny ');
  const reason = call.reason === null ? '' : `  ${call.reason}`;
  return `${word}  ${call.kind.padEnd(8)}  ${plain(call.value)}${reason}`;
}

function showOutcome(
  { print, paint, warn, result }: DevRun,
  tool: ToolDefinition,
  input: unknown,
  outcome: CallOutcome,
): number {
  result({ tool: tool.name, input, ...outcome });
  if (outcome.error === null) {
    print(JSON.stringify(outcome.output, null, 2));
    return 0;
  }
  const { code, name, message, stack } = outcome.error;
  warn(`${paint('red', '✗')} ${tool.name} failed: ${plain(`${code ?? name}: ${message}`)}`);
  const place =
    stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
      .slice(0, 3) ?? [];
  if (code === null) for (const line of place) warn(paint('dim', plain(line)));
  return 1;
}
