import type { ArchiveProblem, PackageFile } from '../archive.ts';
import { AST_BYTES_MAX } from '../limits.ts';
import { bundleFile, handlerFile, parseHandler } from '../manifest.ts';
import { isShellRunner } from '../shell-runner.ts';
import type { SkillManifest } from '../types.ts';
import type { CapabilityEvent } from '../wire/reports.ts';
import { bind } from './code/bindings.ts';
import type { FoldedText, Use } from './code/found-uses.ts';
import { findHandlers, type HandlerName } from './code/handlers.ts';
import type { Module } from './code/module.ts';
import { parseSource } from './code/parse.ts';
import { findUses } from './code/uses.ts';
import { analyseEmbedded } from './embedded.ts';
import { eventsOf } from './events.ts';
import type { PackageFacts, TextFile, Unseen } from './facts.ts';
import { groupPython } from './python/files.ts';
import { findPythonUses } from './python/uses.ts';
import { analyseQuoted } from './quoted.ts';
import type { ShellText } from './shell-text.ts';
import { shellTextsOf, shellTextsOfUses } from './shell-texts.ts';
import { dependencyLines } from './source/bundles.ts';
import { otherLanguage } from './source/file-kind.ts';
import { entryFiles, filesIn, packageScripts } from './source/hooks.ts';
import { reachable, resolveImport } from './source/imports.ts';
import { lexicalEvents } from './source/lexical.ts';
import { type ReadFiles, readFiles } from './source/read-files.ts';
import { originalsOf } from './source/source-maps.ts';
import type { SourceText } from './source/source-text.ts';
import { groupFiles, type UnitFile } from './source/units.ts';

/** Steps that any unit may take, and more of them for each character of its source: ordinary code takes 0.05 to 0.4. */
const STEPS_BASE = 100_000;
const STEPS_PER_CHARACTER = 3;
/** Steps that a whole package may take, however many files it is cut into. */
const STEPS_MAX = 12_000_000;
/** Characters of source that the slow, recovering parser may see in one package. */
const RECOVERED_MAX = 512 * 1024;

/** The function of a Python file that a tool calls when the manifest names none. */
const PYTHON_HANDLER = 'handle';
const TOO_LARGE = `it is larger than ${AST_BYTES_MAX} characters`;

/** Finds out everything that the rules judge. Total: whatever the files hold, it returns. */
export function collectFacts(input: {
  files: readonly PackageFile[];
  manifest: SkillManifest | null;
  problems: readonly ArchiveProblem[];
}): { facts: PackageFacts; texts: readonly TextFile[] } {
  const { manifest, problems } = input;
  const read = readFiles(input.files.filter((file) => !isShellRunner(file)));
  const handlers = handlerNames(manifest, read.paths);
  const code = analyseCode(read, handlers);
  const shells: ShellText[] = [...read.texts.flatMap(shellTextsOf), ...shellTextsOfUses(code.uses)];
  const reached = reach(read, handlers, manifest, code.uses);
  const sources = new Map(read.texts.map(({ source }) => [source.path, source]));
  const facts: PackageFacts = {
    manifest,
    paths: read.paths,
    uses: code.uses,
    folded: code.folded,
    shells,
    events: [...eventsOf(code.uses, shells, handlers), ...code.lexical],
    unseen: [...code.unseen, ...languages(read), ...unread(read)],
    problems,
    binaries: read.binaries,
    originals: originalsOf(read.texts),
    reached,
    isDependency: dependencyTest(sources),
  };
  return { facts, texts: read.texts };
}

/** The handler of each tool, in its source and in its bundle. */
function handlerNames(manifest: SkillManifest | null, paths: ReadonlySet<string>): HandlerName[] {
  return (manifest?.tools ?? []).flatMap((tool) => {
    const { exportName } = parseHandler(tool.handler);
    const files = [handlerFile(tool.handler, paths), bundleFile(tool.handler)];
    return files.flatMap((file) => (file === null || !paths.has(file) ? [] : [{ file, exportName, tool: tool.name }]));
  });
}

interface CodeFacts {
  stepsLeft: number;
  recoveryLeft: number;
  uses: Use[];
  folded: FoldedText[];
  lexical: CapabilityEvent[];
  unseen: Unseen[];
}

function analyseCode(read: ReadFiles, handlers: readonly HandlerName[]): CodeFacts {
  const facts: CodeFacts = {
    stepsLeft: STEPS_MAX,
    recoveryLeft: RECOVERED_MAX,
    uses: [],
    folded: [],
    lexical: [],
    unseen: [],
  };
  const sources = new Map<string, SourceText>();
  const files: UnitFile[] = [];
  for (const { source, kind } of read.texts) {
    if (kind.kind !== 'code' || isOnlyTypes(source.path, read)) continue;
    sources.set(source.path, source);
    files.push({ path: source.path, dialect: kind.dialect, length: source.text.length });
  }
  for (const group of groupFiles(files, read.edges)) {
    try {
      analyseUnit(group, sources, read.paths, handlers, facts);
    } catch {
      // A fault of ours, or no stack left. What it is called differs by runtime; that it happened is what counts.
      giveUp(group, 'the analysis of it failed', facts);
    }
  }
  analyseEmbedded(read, facts, (characters) => stepsFor(facts, characters));
  analyseQuoted(read, facts, (characters) => stepsFor(facts, characters));
  for (const group of pythonGroups(read, facts)) {
    try {
      analysePython(group, handlers, facts);
    } catch {
      giveUp(group, 'the analysis of it failed', facts);
    }
  }
  return facts;
}

/** Python files that import each other are analysed together; one that is too large is only read. */
function pythonGroups(read: ReadFiles, facts: CodeFacts): SourceText[][] {
  const sources = read.texts.filter(({ kind }) => kind.kind === 'python').map(({ source }) => source);
  for (const source of sources.filter(({ text }) => text.length > AST_BYTES_MAX)) {
    facts.unseen.push({ file: source.path, reason: TOO_LARGE, seen: 'lexical', why: 'too-large' });
    facts.lexical.push(...lexicalEvents(source));
  }
  return groupPython(sources.filter(({ text }) => text.length <= AST_BYTES_MAX));
}

function analysePython(group: readonly SourceText[], handlers: readonly HandlerName[], facts: CodeFacts): void {
  const namesOf = (path: string): readonly string[] =>
    handlers
      .filter(({ file }) => file === path)
      .map(({ exportName }) => (exportName === 'default' ? PYTHON_HANDLER : exportName));
  const characters = group.reduce((sum, { text }) => sum + text.length, 0);
  const found = findPythonUses(group, namesOf, stepsFor(facts, characters));
  facts.stepsLeft -= found.steps;
  facts.uses.push(...found.uses);
  facts.folded.push(...found.folded);
  for (const source of group.filter(({ path }) => found.unreadable.includes(path))) {
    facts.unseen.push({ file: source.path, reason: 'most of it is no Python', seen: 'lexical', why: 'unparsable' });
    facts.lexical.push(...lexicalEvents(source));
  }
  if (!found.complete) giveUp(group, 'it takes more steps than an analysis may take', facts);
}

/** A declaration holds no code that runs, unless something names the whole file: then it is a source like any other. */
function isOnlyTypes(path: string, read: ReadFiles): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.d\.[cm]?ts$/.test(name) && !read.named.has(name);
}

/** Parses, analyses and lets go of one group of files: only one group of syntax trees is alive at any time. */
function analyseUnit(
  group: readonly UnitFile[],
  sources: ReadonlyMap<string, SourceText>,
  paths: ReadonlySet<string>,
  handlers: readonly HandlerName[],
  facts: CodeFacts,
): void {
  const modules: Module[] = [];
  let characters = 0;
  for (const { path, dialect } of group) {
    const source = sources.get(path);
    if (source === undefined) continue;
    const { tree, reason, isRecovered } = parseSource(source.text, dialect, facts.recoveryLeft > 0);
    if (isRecovered) facts.recoveryLeft -= source.text.length;
    if (tree === null) {
      const why = reason?.includes('larger than') ? 'too-large' : 'unparsable';
      facts.unseen.push({ file: path, reason: reason ?? '', seen: 'lexical', why });
      facts.lexical.push(...lexicalEvents(source));
      continue;
    }
    characters += source.text.length;
    modules.push(bind(tree, path));
  }
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const resolve = (from: Module, specifier: string): Module | null => {
    const target = resolveImport(from.path, specifier, paths);
    return target === null ? null : (byPath.get(target) ?? null);
  };
  const unit = { modules, resolve, handlers: findHandlers(modules, handlers) };
  const found = findUses(unit, sources, stepsFor(facts, characters));
  facts.stepsLeft -= found.steps;
  facts.uses.push(...found.uses);
  facts.folded.push(...found.folded);
  if (!found.complete) giveUp(modules, 'it takes more steps than an analysis may take', facts);
}

function stepsFor({ stepsLeft }: CodeFacts, characters: number): number {
  return Math.min(stepsLeft, STEPS_BASE + STEPS_PER_CHARACTER * characters);
}

function giveUp(files: readonly { path: string }[], reason: string, facts: CodeFacts): void {
  for (const { path } of files) facts.unseen.push({ file: path, reason, seen: 'lexical', why: 'budget' });
}

function reach(
  read: ReadFiles,
  handlers: readonly HandlerName[],
  manifest: SkillManifest | null,
  uses: readonly Use[],
): PackageFacts['reached'] {
  const tools = handlers.map(({ file }) => file);
  const hooks: string[] = [];
  for (const { source } of read.texts) {
    if (!/(^|\/)package\.json$/.test(source.path)) continue;
    for (const { command, isHook } of packageScripts(source)) {
      // Programs that the script itself spells out stand in this file.
      if (isHook) hooks.push(source.path, ...filesIn(command, source.path, read.paths));
    }
    if (manifest === null) tools.push(...entryFiles(source, read.paths));
  }
  const edges = withStarted(read, uses);
  return { byTools: reachable(tools, edges), byHooks: reachable(hooks, edges) };
}

/** A file of the package that another one starts as a program of its own is reached too. */
function withStarted(read: ReadFiles, uses: readonly Use[]): ReadonlyMap<string, readonly string[]> {
  const edges = new Map(read.edges);
  for (const { kind, values, place } of uses) {
    if (kind !== 'exec') continue;
    const started = values.flatMap((command) => [...command.matchAll(/<package>\/([^\s"'\uffff]+)/g)]);
    const files = started.map(([, path = '']) => path).filter((path) => read.paths.has(path));
    if (files.length > 0) edges.set(place.file, [...(edges.get(place.file) ?? []), ...files]);
  }
  return edges;
}

function languages(read: ReadFiles): Unseen[] {
  return read.texts.flatMap(({ source }) => {
    const language = otherLanguage(source.path);
    if (language === null) return [];
    const reason = `${language} is scanned lexically: its text was searched, what it does was not worked out`;
    return [{ file: source.path, reason, seen: 'lexical' as const, why: 'language' as const }];
  });
}

function unread(read: ReadFiles): Unseen[] {
  const binaries = read.binaries
    .filter(({ file }) => !read.texts.some(({ source }) => source.path === file))
    .map(({ file, kind }) => ({
      file,
      reason: `it is ${kind.words}`,
      seen: 'nothing' as const,
      why: 'binary' as const,
    }));
  const doubles = read.doubles.map((file) => ({
    file,
    reason: 'another file of the archive has the same path',
    seen: 'nothing' as const,
    why: 'archive' as const,
  }));
  return [...binaries, ...doubles];
}

function dependencyTest(sources: ReadonlyMap<string, SourceText>): PackageFacts['isDependency'] {
  const tests = new Map<string, (line: number) => boolean>();
  return ({ file, line }) => {
    const source = sources.get(file);
    if (source === undefined) return false;
    const test = tests.get(file) ?? dependencyLines(source);
    tests.set(file, test);
    return test(line);
  };
}
