import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** Source that should have been analysed and could not be: never a silence. */
export const unanalysableSource: Rule = {
  id: 'unanalysable-source',
  kind: 'unanalysed',
  cwe: 'CWE-1059',
  title: 'A source file could not be analysed',
  why: 'One odd statement or two megabytes of padding is all it takes to blind an analyzer. What could not be analysed may do anything.',
  fix: 'Make the file parse, split it, or leave it out of the package.',
  bad: { file: 'handlers/odd.ts', source: 'export default async () => {\n' },
  good: { file: 'handlers/odd.ts', source: 'export default async () => null;\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { file, reason, why } of facts.unseen) {
      if (why !== 'unparsable' && why !== 'too-large' && why !== 'budget') continue;
      const isReached = facts.reached.byTools.has(file) || facts.reached.byHooks.has(file);
      // A declaration has no code; nothing runs it unless something imports it by its whole name.
      const isDeclaration = /\.d\.[mc]?ts$/.test(file) && !isReached;
      // An install script that cannot be looked into acts before anybody could say no.
      const isDead = (why === 'unparsable' && isReached) || facts.reached.byHooks.has(file);
      yield {
        severity: isDeclaration ? 'low' : isDead ? 'critical' : 'high',
        place: { file, line: 1, column: 1, excerpt: '' },
        message: `The file was not analysed: ${reason}${isReached ? '; a tool or an install script reaches it' : ''}`,
        evidence: reason,
      };
    }
  },
};
