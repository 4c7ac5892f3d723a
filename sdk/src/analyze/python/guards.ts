import type { Evaluator } from './evaluate.ts';
import type { PythonModule } from './scopes.ts';
import type { PythonNode } from './syntax.ts';

/** Tests that say something about the content of a text; `if name:` only says that there is one. */
const CHECKS =
  /\bnot\s+in\b|\bin\b|[=!<>]=|[<>]|\.(match|fullmatch|search|isalnum|isdigit|isidentifier|isalpha|startswith|endswith)\s*\(|\bisinstance\s*\(/;

/** The parameters of a tool that some test of the file looks at. `''`: all of them at once. */
export function checkedNames(ev: Evaluator, { tests, text }: PythonModule): Set<string> {
  const names = new Set<string>();
  for (const { node, scope } of tests) {
    if (!CHECKS.test(text.slice(node.from, node.to))) continue;
    const stack: PythonNode[] = [node];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      stack.push(...at.children);
      if (!/^(VariableName|MemberExpression|CallExpression)$/.test(at.type)) continue;
      for (const { kind, name } of ev.evaluate(at, scope).origins)
        if (kind === 'parameter' && name !== '') names.add(name);
    }
  }
  return names;
}
