import { isHarmlessVariable, isVariableDeclared } from '../declared.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** Environment variables that the code reads and the manifest does not name. */
export const declaredEnvironment: Rule = {
  id: 'declared-environment',
  kind: 'env',
  cwe: 'CWE-526',
  title: 'An environment variable is read that the manifest does not declare',
  why: 'Agents keep their keys in the environment. A skill may see the variables that its manifest names, and no others.',
  fix: 'Declare the variable under permissions.environment in manifest.yaml, or remove the access. Read variables one by one, by a fixed name.',
  bad: { file: 'handlers/whoami.ts', source: 'export default async () => process.env.OPENAI_API_KEY;\n' },
  good: {
    file: 'handlers/whoami.ts',
    source: "export default async (params, context) => context.env('SERVICE_KEY');\n",
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    const { manifest } = facts;
    if (manifest === null) return;
    for (const use of facts.uses) {
      if (use.kind !== 'env') continue;
      if (use.values.includes('*')) {
        yield { severity: 'high', place: use.place, message: 'The whole environment is handed on' };
        continue;
      }
      for (const name of use.values) {
        if (isVariableDeclared(manifest.permissions, name)) continue;
        yield {
          severity: isHarmlessVariable(name) ? 'info' : 'high',
          place: use.place,
          message: `The variable ${name} is read, and the manifest does not declare it`,
        };
      }
      if (!use.complete) {
        yield { severity: 'high', place: use.place, message: 'A variable is read whose name cannot be worked out' };
      }
    }
  },
};
