import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { AegisError, type FieldError } from '../errors.ts';
import { parseCases } from '../testing.ts';
import type { SkillManifest, ToolDefinition } from '../types.ts';
import { requireSkill } from './check-skill.ts';
import { defineCommand, type Run } from './command.ts';
import { describeField } from './show-error.ts';
import { type SkillFolder, textOf } from './skill-folder.ts';
import { withTemporaryFolder } from './temporary.ts';
import { count, plain } from './terminal.ts';
import { startTool } from './tool-process.ts';
import { bundleTool, chooseTool } from './tool-target.ts';

const CASES = /^tests\/([^/]+)\.cases\.ya?ml$/;

interface CaseLine {
  name: string;
  passed: boolean;
  failures: string[];
}
/** `notRun` says why no case of this file ran. */
interface FileLine {
  file: string;
  tool: string;
  cases: CaseLine[];
  notRun: string | null;
}

/** `aegis test [DIR]`: the cases of `tests/<tool>.cases.yaml`, with the manifest's permissions enforced. */
export const test = defineCommand({
  usage: 'test [DIR]',
  summary: 'Run tests/<tool>.cases.yaml with the manifest’s permissions enforced',
  about:
    'Each case runs in a process of its own kind: files are in memory, requests are answered by the case, and what the\nmanifest does not declare is refused. What takes longer than limits.callSeconds is stopped.',
  arguments: { min: 0, max: 1 },
  options: { tool: { type: 'string', value: 'NAME', text: 'Only the cases of this tool' } },
  examples: [
    ['aegis test', 'All cases of the skill in this folder'],
    ['aegis test --tool example_tool --json', 'One tool, for a program'],
  ],
  async run(run) {
    const line = run.progress();
    line.update('Checking …');
    const { folder, manifest } = await requireSkill(run.rest[0] ?? '.', run.io.cwd).finally(() => line.done());
    // A name that is none must not look like a tool without cases.
    if (run.values.tool !== undefined) chooseTool(manifest, run.values.tool);
    const files = folder.files.filter(({ path }) => {
      const tool = CASES.exec(path)?.[1];
      return tool !== undefined && (run.values.tool === undefined || run.values.tool === tool);
    });
    const lines: FileLine[] = [];
    for (const { path } of files) lines.push(await runFile(run, folder, manifest, path));
    return report(run, lines, manifest);
  },
});

async function runFile(run: Run, folder: SkillFolder, manifest: SkillManifest, file: string): Promise<FileLine> {
  const name = CASES.exec(file)?.[1] ?? '';
  const tool = manifest.tools.find((candidate) => candidate.name === name);
  const line: FileLine = { file, tool: name, cases: [], notRun: null };
  run.print(run.paint('bold', file));
  if (tool === undefined) line.notRun = `manifest.yaml has no tool ${name}; the file is named after the tool`;
  else line.cases = await runCasesOf(run, folder, manifest, tool, file);
  if (line.notRun !== null) run.print(`  ${run.paint('yellow', '!')} not run: ${line.notRun}`);
  return line;
}

async function runCasesOf(
  { io, print, paint, warn }: Run,
  folder: SkillFolder,
  manifest: SkillManifest,
  tool: ToolDefinition,
  file: string,
): Promise<CaseLine[]> {
  const text = textOf(folder.files, file) ?? '';
  const cases = readCases(text, file);
  return withTemporaryFolder(async (temporary) => {
    const target = await bundleTool(folder, tool, temporary);
    const { permissions, tools } = manifest;
    const running = startTool({
      ...target,
      manifest: { permissions, tools },
      tool: tool.name,
      callMs: manifest.limits.callSeconds * 1000,
      signal: io.signal,
      onOutput: (output) => warn(paint('dim', plain(output.trimEnd()))),
    });
    const lines: CaseLine[] = [];
    try {
      for (const [at, testCase] of cases.entries()) {
        const workFolder = await makeWorkFolder(join(temporary, `case-${at}`), testCase.files);
        const { passed, failures } = await running.runCase({ testCase, workFolder }).catch(failedRun);
        io.signal.throwIfAborted();
        lines.push({ name: testCase.name, passed, failures });
        print(`  ${passed ? paint('green', '✓') : paint('red', '✗')} ${plain(testCase.name)}`);
        for (const failure of failures) print(`      ${plain(failure)}`);
      }
    } finally {
      running.stop();
    }
    return lines;
  });
}

/** The files of a case on the disk as well, for handlers that use node:fs; what they write stays there and is cleared away. */
async function makeWorkFolder(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    if (isAbsolute(path) || !target.startsWith(folder + sep)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return folder;
}

/** A run that had to be stopped, or whose process ended, is a failed case. */
function failedRun(error: unknown): { passed: boolean; failures: string[] } {
  if (!(error instanceof AegisError)) throw error;
  return { passed: false, failures: [error.message] };
}

function readCases(text: string, file: string) {
  try {
    return parseCases(text, file);
  } catch (error) {
    if (!(error instanceof AegisError) || error.errors.length === 0) throw error;
    const errors: FieldError[] = error.errors.map((field) => ({ file, ...field }));
    throw new AegisError('VALIDATION_FAILED', {
      detail: `${file} cannot be read.\n${errors
        .map((field) =>
          describeField(
            field,
            (_style, part) => part,
            () => text,
          ),
        )
        .join('\n')}`,
      errors,
    });
  }
}

function report({ print, paint, result }: Run, files: readonly FileLine[], manifest: SkillManifest): number {
  const cases = files.flatMap((file) => file.cases);
  const failed = cases.filter(({ passed }) => !passed).length;
  const notRun = files.filter((file) => file.notRun !== null).length;
  result({ passed: cases.length - failed, failed, notRun, files });
  if (files.length === 0) {
    if (manifest.tools.length === 0) {
      print(`${manifest.name} has no tools: it is read, not run, so there is nothing to test.`);
      return 0;
    }
    print(`${manifest.name} has no cases. Write them in tests/<tool>.cases.yaml.`);
    return 1;
  }
  const sum = `${count(cases.length - failed, 'case')} passed`;
  print(failed === 0 ? `\n${paint('green', '✓')} ${sum}` : `\n${paint('red', '✗')} ${failed} failed, ${sum}`);
  if (notRun > 0) print(`${paint('yellow', '!')} ${count(notRun, 'file')} not run`);
  return failed === 0 && notRun === 0 ? 0 : 1;
}
