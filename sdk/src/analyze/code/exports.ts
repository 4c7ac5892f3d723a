import { type Binder, here } from './module.ts';
import { lookUp, patternTargets } from './scope.ts';
import { child, children, isClass, isFunction, literalText, type Node, nameOf } from './syntax.ts';

/** What each import or export statement does to the module. */
export const DECLARATIONS: Readonly<Record<string, (state: Binder, node: Node) => void>> = {
  ImportDeclaration: importNames,
  TSImportEqualsDeclaration: importEquals,
  TSExportAssignment(state, node) {
    const value = child(node, 'expression');
    if (value !== null) exportValue(state, '=', value);
  },
  ExportAllDeclaration(state, node) {
    const from = literalText(child(node, 'source'));
    const name = specifierName(node, 'exported') ?? '*';
    if (from !== null) state.exports.push({ name, value: null, binding: null, from, imported: '*' });
  },
  ExportDefaultDeclaration: exportDefault,
  ExportNamedDeclaration: exportNamed,
};

function importNames(state: Binder, node: Node): void {
  const from = literalText(child(node, 'source'));
  if (from === null) return;
  for (const specifier of children(node, 'specifiers')) {
    const local = nameOf(child(specifier, 'local'));
    const imported = specifier.type === 'ImportNamespaceSpecifier' ? '*' : specifierName(specifier, 'imported');
    const binding = local === null ? null : lookUp(here(state), local).binding;
    binding?.definitions.push({ kind: 'import', from, imported: imported ?? 'default' });
  }
}

/** `import fs = require('fs')`, or `import short = Some.Namespace`. */
function importEquals(state: Binder, node: Node): void {
  const local = nameOf(child(node, 'id'));
  const target = child(node, 'moduleReference');
  const binding = local === null ? null : lookUp(here(state), local).binding;
  if (binding === null || target === null) return;
  const from = literalText(child(target, 'expression'));
  binding.definitions.push(
    from !== null
      ? { kind: 'import', from, imported: '*' }
      : { kind: 'value', value: target, path: [], fallback: null, repeats: false },
  );
}

/** `imported`, `local` or `exported` may be a name or a string. */
function specifierName(specifier: Node, key: string): string | null {
  const node = child(specifier, key);
  return nameOf(node) ?? literalText(node);
}

function exportDefault(state: Binder, node: Node): void {
  const value = child(node, 'declaration');
  if (value === null) return;
  const id = nameOf(child(value, 'id'));
  const binding = id !== null && (isFunction(value) || isClass(value)) ? lookUp(here(state), id).binding : null;
  if (binding !== null) binding.exported = true;
  state.exports.push({ name: 'default', value, binding, from: null, imported: null });
}

function exportNamed(state: Binder, node: Node): void {
  const from = literalText(child(node, 'source'));
  for (const specifier of children(node, 'specifiers')) {
    const local = specifierName(specifier, 'local') ?? '*';
    const name = specifierName(specifier, 'exported') ?? local;
    const binding = from === null ? lookUp(here(state), local).binding : null;
    if (binding !== null) binding.exported = true;
    state.exports.push({ name, value: null, binding, from, imported: from === null ? null : local });
  }
  const inner = child(node, 'declaration');
  if (inner === null) return;
  const ids =
    inner.type === 'VariableDeclaration'
      ? children(inner, 'declarations').map((declarator) => child(declarator, 'id'))
      : [child(inner, 'id')];
  for (const id of ids) {
    if (id === null) continue;
    for (const { target } of patternTargets(id)) {
      const name = nameOf(target);
      const binding = name === null ? null : lookUp(here(state), name).binding;
      if (name === null || binding === null) continue;
      binding.exported = true;
      state.exports.push({ name, value: null, binding, from: null, imported: null });
    }
  }
}

export function exportValue(state: Binder, name: string, value: Node): void {
  state.exports.push({ name, value, binding: null, from: null, imported: null });
}
