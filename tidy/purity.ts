import ts from 'typescript';
import { importsOf, isTest, lineOf, parse, type SourceFile, walk } from './tree.ts';

/** True for the part of the sdk that must run unchanged in workerd, Node and browsers. */
export function isPureCore(path: string): boolean {
  return /^sdk\/src\/.*\.ts$/.test(path) && !isTest(path) && !/^sdk\/src\/(cli\/|client\.ts$)/.test(path);
}

/** What in the pure core depends on where or when it runs. Globals like `process` are Biome's part. */
export function impurities(file: SourceFile): string[] {
  const found = importsOf(file)
    .filter((name) => name.startsWith('node:'))
    .map((name) => `${file.path} imports ${name}`);
  const tree = parse(file);
  walk(tree, (node) => {
    const what = impure(node);
    if (what !== null) found.push(`${file.path}:${lineOf(tree, node)} uses ${what}`);
  });
  return found;
}

function impure(node: ts.Node): string | null {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
    return 'new Date()';
  if (!ts.isPropertyAccessExpression(node)) return null;
  const text = node.getText();
  return text === 'Date.now' || text === 'Math.random' || text === 'performance.now' ? text : null;
}
