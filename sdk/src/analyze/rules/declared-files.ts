import { isPathDeclared } from '../declared.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { flowTo, shortened } from '../flow.ts';

/** A153, A165: files that the code reads or writes and the manifest does not name. */
export const declaredFiles: Rule = {
  id: 'declared-files',
  kind: 'fs',
  check: 'declared_files',
  level: 'error',
  cwe: 'CWE-552',
  title: 'A file is used that the manifest does not declare',
  why: 'The reviewer approves the paths of the manifest. Code that touches others reaches for things nobody agreed to: keys, accounts, other people’s work.',
  fix: 'Declare the path under permissions.files.read or .write in manifest.yaml, or remove the access. Keep the folder part of a path fixed.',
  bad: {
    file: 'handlers/read.ts',
    source:
      "import { readFile } from 'node:fs/promises';\nexport default async () => readFile('/etc/passwd', 'utf8');\n",
  },
  good: {
    file: 'handlers/read.ts',
    source: "export default async (params, context) => context.files.read('data/table.csv');\n",
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    const { manifest } = facts;
    if (manifest === null) return;
    for (const use of facts.uses) {
      const { kind } = use;
      if (kind !== 'fs.read' && kind !== 'fs.write') continue;
      const verb = kind === 'fs.read' ? 'read' : 'written';
      for (const path of use.values) {
        if (isPathDeclared(manifest.permissions, kind, path, facts.paths)) continue;
        yield {
          severity: 'critical',
          place: use.place,
          message: `${shortened(path)} is ${verb}, and the manifest does not declare it`,
          flow: flowTo(use, ['parameter', 'decoded', 'network']),
        };
      }
      if (!use.complete) {
        yield {
          severity: 'high',
          place: use.place,
          message: `${use.api}() is called with a path that cannot be worked out`,
          flow: flowTo(use, ['parameter', 'decoded', 'network']),
        };
      }
    }
  },
};
