import { basename, dirname } from 'node:path/posix';
import ts from 'typescript';
import { isTest, parse, type SourceFile, walk } from './tree.ts';

/** HTTP and SQL shells: they are tested through the front door by the tests of their room. */
const SHELL = /(^|[/-])(routes|store)\.ts$/;
/** Thin by the house's rules, and tried in a browser end to end. */
const TRIED_IN_BROWSER = /^dashboard\/src\/(routes\/|hooks\.|lib\/server\/)|\.svelte\.ts$/;
/** What only tests use is tried by them. */
const TESTING = /^[\w-]+\/src\/testing\//;
/** Up to here a reader sees at a glance what a file does, and the tests of its callers cover it. */
const BRANCHES_AT_A_GLANCE = 3;

/** Files with logic that no test beside them covers. */
export function untested(files: readonly SourceFile[]): string[] {
  const tests = files.filter((file) => isTest(file.path)).map((file) => file.path);
  return files
    .filter(
      (file) =>
        !isTest(file.path) &&
        file.path.endsWith('.ts') &&
        !TRIED_IN_BROWSER.test(file.path) &&
        !TESTING.test(file.path),
    )
    .filter(hasLogic)
    .map((file) => file.path)
    .filter((path) => !hasTest(path, tests));
}

/** Tests without a file of their name beside them. */
export function orphanedTests(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  // A shared case suite belongs to an interface, wherever that stands.
  return [...paths]
    .filter((path) => isTest(path) && !path.endsWith('.case.test.ts'))
    .filter((path) => {
      const subject = path.replace(/\.test\.ts$/, '.ts');
      const name = basename(path, '.test.ts');
      const isOfFolder = name === basename(dirname(path)) || /^issue-\d+$/.test(name);
      return !isOfFolder && !paths.has(subject) && !paths.has(subject.replace(/\.ts$/, '.svelte.ts'));
    });
}

function hasTest(path: string, tests: readonly string[]): boolean {
  const stem = path.replace(/(\.svelte)?\.ts$/, '');
  if (tests.includes(`${stem}.test.ts`) || tests.includes(`${stem}.case.test.ts`)) return true;
  if (SHELL.test(path) && tests.some((test) => test.startsWith(`${dirname(path)}/`))) return true;
  // A room has one test of its own name that goes through its front door.
  return tests.includes(`${dirname(path)}/${basename(dirname(path))}.test.ts`) && !FLOORS.has(dirname(path));
}

/** Folders of loose files: what everything stands on is tested file by file. */
const FLOORS = new Set([
  'sdk/src',
  'worker/src',
  'cluster-agent/src',
  'dashboard/src/lib',
  'sdk/src/analyze',
  'sdk/src/analyze/rules',
]);

/** More decisions and loops than can be seen at a glance; what only declares, wires or names has none. */
function hasLogic(file: SourceFile): boolean {
  let branches = 0;
  walk(parse(file), (node) => {
    if (LOGIC.has(node.kind)) branches++;
    if (ts.isBinaryExpression(node) && SHORT_CIRCUITS.has(node.operatorToken.kind)) branches++;
  });
  return branches > BRANCHES_AT_A_GLANCE;
}

const LOGIC = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement,
  ts.SyntaxKind.SwitchStatement,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.TryStatement,
]);
const SHORT_CIRCUITS = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);
