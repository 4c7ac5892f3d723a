import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface SourceFile {
  /** From the top of the repository, with forward slashes. */
  path: string;
  text: string;
}

/** Every file of the repository: tracked, or new and not ignored. Binary files have no text. */
export function listFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
  const paths = output
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  return [...new Set(paths)].filter((path) => existsSync(join(ROOT, path))).sort();
}

export function read(path: string): SourceFile {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** TypeScript and Svelte, without declarations. */
export function isSource(path: string): boolean {
  return /\.(ts|svelte)$/.test(path) && !path.endsWith('.d.ts');
}

export function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path);
}

/** The modules that a file names, relative ones as paths of the repository. */
export function importsOf({ path, text }: SourceFile): string[] {
  const script = path.endsWith('.svelte') ? scriptsOf(text) : text;
  const named = ts.preProcessFile(script, true, true).importedFiles.map((file) => file.fileName);
  return named.map((name) => (name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), name)) : name));
}

function scriptsOf(svelte: string): string {
  return [...svelte.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '').join('\n');
}

export function parse({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}
