import type { Severity } from '../../wire/reports.ts';
import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { flowTo, listed } from '../flow.ts';

/** A167: what the caller of a tool writes reaches something powerful without any check. */
export const inputValidation: Rule = {
  id: 'input-validation',
  kind: 'injection',
  check: 'input_validation',
  level: 'warning',
  cwe: 'CWE-20',
  title: 'A parameter is used without a check',
  why: 'Parameters are written by a model that reads other people’s texts. “../../.ssh/id_rsa” and “evil.example/#” are parameters too.',
  fix: 'Check the parameter before it is used: compare it with a list of allowed values, match it against a pattern, or bind it (SQL) instead of pasting it in.',
  bad: {
    file: 'handlers/note.ts',
    source:
      "import { readFile } from 'node:fs/promises';\nexport default async (params) => readFile('notes/' + params.name, 'utf8');\n",
  },
  good: {
    file: 'handlers/note.ts',
    source:
      "import { readFile } from 'node:fs/promises';\nexport default async ({ name }) => {\n  if (!/^[a-z]{1,40}$/.test(name)) throw new Error('name: lower-case letters only');\n  return readFile('notes/' + name, 'utf8');\n};\n",
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      if (use.unchecked.length === 0) continue;
      const verdict = judge(use);
      if (verdict === null) continue;
      const names = use.unchecked.map((name) => (name === '' ? 'all parameters' : name));
      yield {
        severity: verdict.severity,
        place: use.place,
        message: `${listed(names)} reaches ${verdict.what} without a check`,
        flow: flowTo(use, ['parameter'], [...use.sources, ...use.payload]),
      };
    }
  },
};

function judge(use: Use): { severity: Severity; what: string } | null {
  switch (use.kind) {
    case 'exec':
      return { severity: use.isShell ? 'high' : 'medium', what: `${use.api}()` };
    case 'eval':
    case 'load':
      return { severity: 'high', what: `${use.api}()` };
    case 'sql':
      return { severity: 'medium', what: 'the text of a query' };
    case 'fs.read':
    case 'fs.write':
      // The tool's context refuses `..` and every path that is not declared.
      if (use.api.startsWith('context.')) return null;
      return use.complete && !use.values.some((path) => path.endsWith('/**'))
        ? null
        : { severity: 'medium', what: 'a file path' };
    case 'net':
      return use.complete && !use.values.some((host) => host.startsWith('*'))
        ? null
        : { severity: 'medium', what: 'the host of a request' };
    default:
      return null;
  }
}
