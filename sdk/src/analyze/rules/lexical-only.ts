import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** Languages of which only the text was scanned. */
export const lexicalOnly: Rule = {
  id: 'lexical-only',
  kind: 'unanalysed',
  cwe: 'CWE-1059',
  title: 'A file was scanned by its text only',
  why: 'Secrets, hidden characters and shell commands are found in any language. What the program does is worked out for JavaScript, TypeScript and Python only.',
  fix: 'Read the file before you approve it.',
  bad: { file: 'handlers/sum.rb', source: 'def handle(params)\n  params["numbers"].sum\nend\n' },
  good: { file: 'handlers/sum.ts', source: 'export default async (params) => params.a + params.b;\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { file, reason, why } of facts.unseen) {
      if (why !== 'language') continue;
      yield {
        severity: 'info',
        place: { file, line: 1, column: 1, excerpt: '' },
        message: reason,
        evidence: reason,
      };
    }
  },
};
