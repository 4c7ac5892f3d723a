import type { Severity } from '../../wire/reports.ts';
import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { comesFrom, flowTo } from '../flow.ts';

/** A148, A162: program text that is run with eval(), Function() and everything that amounts to them. */
export const noEval: Rule = {
  id: 'no-eval',
  kind: 'eval',
  check: 'no_eval',
  level: 'error',
  cwe: 'CWE-95',
  title: 'Text is run as a program',
  why: 'What eval() and Function() run is not in the package: nobody has reviewed it, and whoever controls the text controls the skill.',
  fix: 'Write the code out, or look the wanted function up in an object of functions. Use JSON.parse for data.',
  bad: {
    file: 'handlers/run.ts',
    source: "const run = globalThis['ev' + 'al'];\nexport default async (params) => run(params.code);\n",
  },
  good: {
    file: 'handlers/run.ts',
    source:
      'const actions = { add: (a, b) => a + b };\nexport default async (params) => actions.add(params.a, params.b);\n',
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      if (use.kind !== 'eval') continue;
      const { severity, what } = judge(use, facts);
      const name = use.api === 'globalThis.*' ? 'A global function under a name that is worked out' : `${use.api}()`;
      yield {
        severity,
        place: use.place,
        message: `${name} runs ${what}`,
        flow: flowTo(use, ['network', 'parameter', 'decoded', 'file', 'sensitive-file', 'variable']),
      };
    }
  },
};

function judge(use: Use, facts: PackageFacts): { severity: Severity; what: string } {
  // `window[name](…)`: a global function, and hardly ever eval, unless somebody hides which.
  if (use.api === 'globalThis.*' && !comesFrom(use, 'network', 'decoded', 'parameter')) {
    return { severity: facts.manifest === null ? 'low' : 'medium', what: 'and may be eval()' };
  }
  if (comesFrom(use, 'network')) return { severity: 'critical', what: 'text that comes from the network' };
  if (comesFrom(use, 'parameter')) return { severity: 'critical', what: 'text that the caller of the tool writes' };
  if (comesFrom(use, 'decoded')) return { severity: 'critical', what: 'text that was decoded first' };
  if (use.isConstant) {
    // How libraries ask for the global object or whether eval is allowed at all.
    if (use.values.every(isProbe)) return { severity: 'low', what: 'a text that does nothing but look around' };
    return {
      severity: 'high',
      what: use.isHidden ? 'a fixed text, under a name that was put together' : 'a fixed text',
    };
  }
  if (use.isHidden) return { severity: 'critical', what: 'an unknown text, under a name that was put together' };
  // Without a manifest nobody said that this code is the skill; template engines do this for a living.
  const isOwn = facts.manifest !== null && !facts.isDependency(use.place);
  return { severity: isOwn ? 'critical' : 'high', what: 'text that is worked out while it runs' };
}

function isProbe(text: string): boolean {
  return (
    /^\s*(["']use strict["'];?)?\s*(return\s+\(?\s*(this|0|1|true|false|async|typeof \w+)\s*\)?\s*;?)?\s*$/.test(
      text,
    ) || text === 'this'
  );
}
