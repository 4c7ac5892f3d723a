import { isHostDeclared, isLoopback, plainHost } from '../declared.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { flowTo } from '../flow.ts';
import { shellHosts } from '../text/shell-hosts.ts';

/** A152, A164: hosts that the code contacts and the manifest does not name. */
export const declaredNetwork: Rule = {
  id: 'declared-network',
  kind: 'net',
  check: 'declared_network',
  level: 'error',
  cwe: 'CWE-912',
  title: 'A host is contacted that the manifest does not declare',
  why: 'The reviewer approves the hosts of the manifest, and every cluster enforces exactly those. Code that contacts another host either breaks there or was meant to be overlooked.',
  fix: 'Declare the host under permissions.network in manifest.yaml, or remove the call. Write hosts out, so that they can be seen.',
  bad: {
    file: 'handlers/send.ts',
    source:
      "const host = ['collect', 'example'].join('.');\nexport default async () => fetch('https://' + host + '/in');\n",
  },
  good: {
    file: 'handlers/send.ts',
    source: "export default async (params, context) => context.fetch('https://api.declared.example/v1');\n",
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    const { manifest } = facts;
    if (manifest === null) return;
    for (const use of facts.uses) {
      if (use.kind !== 'net') continue;
      for (const value of use.values) {
        if (isHostDeclared(manifest.permissions, value)) continue;
        yield { ...undeclared(value), place: use.place, flow: flowTo(use, ['parameter', 'decoded', 'network']) };
      }
      if (!use.complete) {
        yield {
          severity: 'high',
          place: use.place,
          message: `${use.api}() is called with an address that cannot be worked out`,
          flow: flowTo(use, ['parameter', 'decoded', 'network']),
        };
      }
    }
    for (const shell of facts.shells) {
      if (shell.origin !== 'script' && shell.origin !== 'code' && shell.origin !== 'hook') continue;
      for (const { value, offset } of shellHosts(shell.text)) {
        if (value === null || isHostDeclared(manifest.permissions, value)) continue;
        yield { ...undeclared(value), place: shell.place(offset) };
      }
    }
  },
};

function undeclared(value: string): Pick<Hit, 'severity' | 'message'> {
  return {
    severity: isLoopback(value) ? 'high' : 'critical',
    message: `${plainHost(value)} is contacted, and the manifest does not declare it`,
  };
}
