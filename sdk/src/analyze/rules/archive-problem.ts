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
        severity: TOO_MUCH.has(reason) ? 'high' : 'critical',
        place: { file: path, line: 1, column: 1, excerpt: '' },
        message,
        evidence: reason,
      };
    }
  },
};

/** More, or packed otherwise, than the registry takes: it will refuse the package, and that says nothing bad of it. */
const TOO_MUCH: ReadonlySet<string> = new Set([
  'archive-too-large',
  'unpacked-too-large',
  'too-many-files',
  'not-ustar',
  'pax-header',
  'gnu-header',
  'bad-mode',
  'special-mode-bits',
  'path-too-long',
]);
