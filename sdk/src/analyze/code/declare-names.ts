import { declare, functionScope, lookUp, newScope, patternTargets, type Scope } from './scope.ts';
import { child, children, isFunction, type Node, nameOf } from './syntax.ts';
import { type FlatTree, visitAll } from './walk.ts';

const SCOPED = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
  'ClassDeclaration',
  'ClassExpression',
  'StaticBlock',
  'TSModuleBlock',
  'WithStatement',
]);

/** The nodes that may open a scope. */
export const SCOPE_TYPES: ReadonlySet<string> = new Set([
  ...SCOPED,
  'Program',
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);
const DECLARING = new Set([
  ...SCOPE_TYPES,
  'VariableDeclaration',
  'ImportDeclaration',
  'TSImportEqualsDeclaration',
  'TSEnumDeclaration',
  'TSModuleDeclaration',
  'AssignmentExpression',
]);

/**
 * The scope of each node that opens one, with every name declared in it. The first of two passes, so that the second
 * finds names that are declared below their use.
 */
export function declareNames(tree: FlatTree): Map<Node, Scope> {
  const scopes = new Map<Node, Scope>();
  const stack: Scope[] = [newScope(null, true)];
  const undeclared: { scope: Scope; name: string }[] = [];
  const top = (): Scope => stack[stack.length - 1] as Scope;
  visitAll(tree, {
    types: DECLARING,
    enter(node) {
      if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') declareNode(top(), node);
      if (isScoped(node)) {
        const isHome = node.type === 'Program' || node.type === 'TSModuleBlock' || isFunction(node);
        const scope = newScope(top(), isHome, node.type === 'WithStatement' ? child(node, 'object') : null);
        scopes.set(node, scope);
        stack.push(scope);
        if (node.type === 'FunctionExpression' || node.type === 'ClassExpression') declareNode(scope, node);
      }
      declareIn(top(), node, undeclared);
    },
    leave(node) {
      if (isScoped(node)) stack.pop();
    },
  });
  const root = scopes.get(tree.nodes[0] as Node);
  for (const { scope, name } of undeclared) {
    if (root !== undefined && lookUp(scope, name).binding === null) declare(root, name, 0).implicit = true;
  }
  return scopes;
}

function isScoped(node: Node): boolean {
  return SCOPE_TYPES.has(node.type);
}

function declareNode(scope: Scope, node: Node): void {
  const name = nameOf(child(node, 'id'));
  if (name === null) return;
  const binding = declare(scope, name, node.start);
  binding.definitions.push({ kind: 'declaration', node });
  // In sloppy code a function in a block is also known around the block.
  const around = functionScope(scope);
  if (node.type === 'FunctionDeclaration' && !around.names.has(name)) around.names.set(name, binding);
}

function declareIn(scope: Scope, node: Node, undeclared: { scope: Scope; name: string }[]): void {
  switch (node.type) {
    case 'VariableDeclaration': {
      const home = node.kind === 'var' ? functionScope(scope) : scope;
      for (const declarator of children(node, 'declarations')) declarePattern(home, child(declarator, 'id'));
      return;
    }
    case 'CatchClause':
      declarePattern(scope, child(node, 'param'));
      return;
    case 'ImportDeclaration':
      for (const specifier of children(node, 'specifiers')) declarePattern(scope, child(specifier, 'local'));
      return;
    case 'TSImportEqualsDeclaration':
      declarePattern(scope, child(node, 'id'));
      return;
    case 'TSEnumDeclaration':
    case 'TSModuleDeclaration': {
      const name = nameOf(child(node, 'id'));
      if (name !== null) declare(scope, name, node.start).definitions.push({ kind: 'declaration', node });
      return;
    }
    case 'AssignmentExpression': {
      const left = child(node, 'left');
      if (left === null) return;
      for (const { target } of patternTargets(left)) {
        const name = nameOf(target);
        if (name !== null) undeclared.push({ scope, name });
      }
      return;
    }
    default:
      if (isFunction(node)) for (const param of children(node, 'params')) declarePattern(scope, param);
  }
}

function declarePattern(scope: Scope, pattern: Node | null): void {
  if (pattern === null) return;
  for (const { target } of patternTargets(pattern)) {
    const name = nameOf(target);
    if (name !== null) declare(scope, name, target.start);
  }
}
