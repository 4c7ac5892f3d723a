import ts from 'typescript';
import { isTest, lineOf, parse, type SourceFile, walk } from './tree.ts';

export interface Length {
  lines: number;
  place: string;
}

/** The longest files and functions, for the author to look at; nothing fails by length. */
export function longest(files: readonly SourceFile[], count: number): { files: Length[]; functions: Length[] } {
  const sources = files.filter((file) => file.path.endsWith('.ts') && !isTest(file.path));
  const byLength = (a: Length, b: Length) => b.lines - a.lines;
  return {
    files: files
      .filter((file) => !isTest(file.path))
      .map(({ path, text }) => ({ lines: text.split('\n').length - 1, place: path }))
      .sort(byLength)
      .slice(0, count),
    functions: sources.flatMap(functionsOf).sort(byLength).slice(0, count),
  };
}

function functionsOf(file: SourceFile): Length[] {
  const tree = parse(file);
  const found: Length[] = [];
  walk(tree, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const first = lineOf(tree, node);
    const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
    const name =
      node.name?.getText() ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : 'anonymous');
    found.push({ lines: last - first + 1, place: `${file.path}:${first} ${name}` });
  });
  return found;
}
