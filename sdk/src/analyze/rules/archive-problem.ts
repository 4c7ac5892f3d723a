import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** The archive itself tries something, or cannot be read. */
export const archiveProblem: Rule = {
  id: 'archive-problem',
  kind: 'archive',
  cwe: 'CWE-22',
  title: 'The archive is not one that can be unpacked safely',
  why: 'Links, absolute paths, “..”, doubled names and bombs make an archive unpack differently from what was checked, or outside its folder.',
  fix: 'Make the package with aegis build.',
  bad: { file: '../outside.txt', source: 'a path that leads out of the package\n' },
  good: { file: 'inside.txt', source: 'a path inside the package\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { path, reason, message } of facts.problems) {
      yield {
        severity: 'critical',
        place: { file: path, line: 1, column: 1, excerpt: '' },
        message,
        evidence: reason,
      };
    }
  },
};
