import type { Severity } from '../../wire/reports.ts';
import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { comesFrom, flowTo, shortened } from '../flow.ts';

/** Modules that are loaded from elsewhere, under a name that is worked out, or from below the module system. */
export const dynamicLoad: Rule = {
  id: 'dynamic-load',
  kind: 'load',
  cwe: 'CWE-829',
  title: 'A module is loaded that cannot be told in advance',
  why: 'What a program loads is part of it. A module under a name that only shows at run time, or from another machine, was not reviewed.',
  fix: 'Import modules by fixed names from the package. Choose between several with an object of imported modules.',
  bad: { file: 'handlers/plug.ts', source: "export default async () => import('https://cdn.example/plug.mjs');\n" },
  good: { file: 'handlers/plug.ts', source: "export default async () => import('./plug-' + 'one.mjs');\n" },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      const verdict = use.kind === 'native' ? native(use, facts) : use.kind === 'load' ? load(use, facts) : null;
      if (verdict === null) continue;
      yield {
        severity: verdict.severity,
        place: use.place,
        message: verdict.message,
        flow: flowTo(use, ['network', 'parameter', 'decoded', 'variable', 'file']),
      };
    }
  },
};

interface Verdict {
  severity: Severity;
  message: string;
}

function native(use: Use, facts: PackageFacts): Verdict {
  const severity = facts.isDependency(use.place) || facts.manifest === null ? 'medium' : 'high';
  return { severity, message: `${use.api}() reaches below the module system` };
}

function load(use: Use, facts: PackageFacts): Verdict | null {
  const remote = use.values.find((name) => /^https?:/i.test(name));
  if (remote !== undefined) {
    // A version in the address is a promise of the other side, which no lock file holds it to.
    const severity = use.isConstant && /@v?\d+\.\d+/.test(remote) ? 'high' : 'critical';
    return { severity, message: `A program is loaded from ${shortened(remote)}` };
  }
  if (use.values.some((name) => /^(data|blob):/i.test(name))) {
    return { severity: 'high', message: 'A program is loaded out of a text (data: address)' };
  }
  if (use.complete) return null;
  if (comesFrom(use, 'network')) return { severity: 'critical', message: `${use.api}() loads what the network names` };
  if (comesFrom(use, 'decoded'))
    return { severity: 'high', message: `${use.api}() loads a module under a decoded name` };
  if (comesFrom(use, 'parameter')) {
    return { severity: 'high', message: `${use.api}() loads a module that the caller of the tool names` };
  }
  const severity = facts.isDependency(use.place) || facts.manifest === null ? 'info' : 'medium';
  return { severity, message: `${use.api}() loads a module under a name that is worked out` };
}
