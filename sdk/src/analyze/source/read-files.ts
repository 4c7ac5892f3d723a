import type { PackageFile } from '../../archive.ts';
import type { TextFile } from '../facts.ts';
import { type MarkdownPart, parseMarkdown } from '../text/markdown.ts';
import { decodeText, extensionOf, type FileKind, fileKind, magicOf } from './file-kind.ts';
import { packageScripts } from './hooks.ts';
import { resolveImport, specifiersIn } from './imports.ts';
import { SourceText } from './source-text.ts';

/** The files of a package, told apart and decoded. */
export interface ReadFiles {
  readonly texts: readonly TextFile[];
  readonly binaries: readonly { file: string; kind: Extract<FileKind, { kind: 'binary' }>; isDisguised: boolean }[];
  readonly paths: ReadonlySet<string>;
  /** Which files each file loads. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
  /** Names of declaration files (`x.d.ts`) that some text spells out. */
  readonly named: ReadonlySet<string>;
  /** Files of which another one has the path. */
  readonly doubles: readonly string[];
}

/** Extensions that promise an image, a text or a font. */
const HARMLESS = new Set([
  'png',
  'jpg',
  'jpeg',
  'gif',
  'webp',
  'ico',
  'woff',
  'woff2',
  'ttf',
  'txt',
  'csv',
  'pdf',
  'json',
  'md',
  'js',
  'ts',
  'mjs',
  'py',
  'sh',
  'yaml',
  'yml',
  'xml',
]);

/** Reads every file. `commands` are shell texts whose words may name files that they run as modules. */
export function readFiles(files: readonly PackageFile[]): ReadFiles {
  const byPath = new Map<string, PackageFile>();
  const doubles: string[] = [];
  for (const file of files) {
    if (byPath.has(file.path)) doubles.push(file.path);
    byPath.set(file.path, file);
  }
  const paths = new Set(byPath.keys());
  const sorted = [...byPath.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  const edges = new Map<string, string[]>();
  const texts = new Map<string, TextFile>();
  const waiting = new Map<string, PackageFile>();
  const binaries: ReadFiles['binaries'][number][] = [];
  for (const file of sorted) {
    const kind = fileKind(file.path, file.bytes, false);
    const magic = magicOf(file.bytes, file.path);
    if (kind.kind === 'binary') {
      binaries.push({
        file: file.path,
        kind: { kind: 'binary', ...(magic ?? kind) },
        isDisguised: isDisguised(file.path, magic),
      });
      continue;
    }
    if (magic !== null && magic.danger !== 'none') {
      binaries.push({
        file: file.path,
        kind: { kind: 'binary', ...magic },
        isDisguised: isDisguised(file.path, magic),
      });
    }
    if (kind.kind === 'text') waiting.set(file.path, file);
    texts.set(file.path, readText(file, kind, paths, edges));
  }
  loadTexts(waiting, texts, paths, edges);
  return { texts: [...texts.values()], binaries, paths, edges, doubles, named: namedDeclarations(texts.values()) };
}

/** Declarations are named by compilers, in `package.json` and in `///` references; whatever else does may run them. */
const DECLARATION = /\.d\.[cm]?ts\b/g;
/** File names are not longer. */
const NAME_LENGTH_MAX = 255;

function namedDeclarations(texts: Iterable<TextFile>): Set<string> {
  const found = new Set<string>();
  for (const { source, kind } of texts) {
    const isRunning = kind.kind === 'code' && !/\.d\.[cm]?ts$/.test(source.path);
    const isScript = kind.kind === 'shell' || kind.kind === 'markdown';
    const text = isRunning || isScript ? source.text : scriptsOf(source);
    for (const match of text.matchAll(DECLARATION)) {
      const end = match.index + match[0].length;
      const name = /[\w.-]+$/.exec(text.slice(Math.max(0, end - NAME_LENGTH_MAX), end));
      if (name !== null) found.add(name[0]);
    }
  }
  return found;
}

function scriptsOf(source: SourceText): string {
  if (!/(^|\/)package\.json$/.test(source.path)) return '';
  return packageScripts(source)
    .map(({ command }) => command)
    .join('\n');
}

function readText(
  file: PackageFile,
  kind: FileKind,
  paths: ReadonlySet<string>,
  edges: Map<string, string[]>,
): TextFile {
  const source = new SourceText(file.path, decodeText(file.bytes));
  if (kind.kind === 'code') {
    const targets = specifiersIn(source.text).map((specifier) => resolveImport(file.path, specifier, paths));
    edges.set(
      file.path,
      targets.filter((target) => target !== null),
    );
  }
  let parts: readonly MarkdownPart[] | null = null;
  const markdown = (): readonly MarkdownPart[] => {
    parts ??= parseMarkdown(source.text);
    return parts;
  };
  return { source, kind, bytes: file.bytes.length, markdown };
}

/** `require('./data.txt')` runs a text file as JavaScript, whatever its name. */
function loadTexts(
  waiting: Map<string, PackageFile>,
  texts: Map<string, TextFile>,
  paths: ReadonlySet<string>,
  edges: Map<string, string[]>,
): void {
  const queue = [...edges.values()].flat();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = waiting.get(path);
    if (file === undefined || !waiting.delete(path)) continue;
    const kind = fileKind(path, file.bytes, true);
    texts.set(path, readText(file, kind, paths, edges));
    queue.push(...(edges.get(path) ?? []));
  }
}

function isDisguised(path: string, magic: { danger: string } | null): boolean {
  return magic?.danger === 'runs' && HARMLESS.has(extensionOf(path));
}
