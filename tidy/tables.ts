import ts from 'typescript';
import { isTest, lineOf, parse, type SourceFile, walk } from './tree.ts';

interface Table {
  /** Name of the constant in the schema. */
  constant: string;
  /** Name in the database. */
  name: string;
  /** The only file that may write it, from worker/src. */
  writer: string | null;
}

/** Where SQL may stand. `db.ts` opens the database. */
const SQL_FILES =
  /^worker\/src\/(.*\/)?(?:[a-z-]+-)?store\.ts$|^worker\/src\/(audit|changes|db)\.ts$|^worker\/src\/schema\b/;

/** The tables of the schema with the writer that the comment above each one names. */
export function tablesOf(schema: readonly SourceFile[]): Table[] {
  return schema.flatMap(({ text }) => {
    const pattern = /(?:^\/\/ writer: (\S+)[^\n]*\n)?^export const (\w+) = sqliteTable\(\s*'(\w+)'/gm;
    return [...text.matchAll(pattern)].map(([, writer = null, constant = '', name = '']) => ({
      constant,
      name,
      writer,
    }));
  });
}

/** Writes that stand in another file than the table's writer. */
export function foreignWrites(files: readonly SourceFile[], tables: readonly Table[]): string[] {
  const byConstant = new Map(tables.map((table) => [table.constant, table]));
  return files.filter(isProduct).flatMap((file) => {
    const tree = parse(file);
    const found: string[] = [];
    walk(tree, (node) => {
      for (const table of writtenBy(node, byConstant, tables)) {
        if (file.path !== `worker/src/${table.writer}`) {
          found.push(
            `${file.path}:${lineOf(tree, node)} writes ${table.name}, whose one writer is ${table.writer ?? 'not named'}`,
          );
        }
      }
    });
    return found;
  });
}

/** Files outside the stores that build SQL. */
export function strayQueries(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isProduct(file) && !SQL_FILES.test(file.path))
    .filter(
      ({ text }) =>
        /^import (?!type)[^;]*from 'drizzle-orm(\/sqlite-core)?';/m.test(text) ||
        /\.(prepare|exec)\(\s*[`'"]/.test(text),
    )
    .map(({ path }) => path);
}

function isProduct({ path }: SourceFile): boolean {
  return /^worker\/src\/.*\.ts$/.test(path) && !isTest(path) && !path.startsWith('worker/src/testing/');
}

function writtenBy(node: ts.Node, byConstant: Map<string, Table>, tables: readonly Table[]): Table[] {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    if (!['insert', 'update', 'delete'].includes(node.expression.name.text)) return [];
    const named = node.arguments[0]?.getText().split('.').at(-1);
    const table = named === undefined ? undefined : byConstant.get(named);
    return table === undefined ? [] : [table];
  }
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return [];
  const sql = node.getText();
  return tables.filter(({ name }) =>
    new RegExp(`\\b(insert (or \\w+ )?into|update|delete from|replace into)\\s+["\`]?${name}\\b`, 'i').test(sql),
  );
}
