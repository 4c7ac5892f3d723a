import type { Severity } from '../../wire/reports.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** Programs and archives inside the package that no reviewer can read. */
export const binaryFile: Rule = {
  id: 'binary-file',
  kind: 'binary',
  cwe: 'CWE-506',
  title: 'The package holds a file that cannot be read',
  why: 'Compiled programs and nested archives are not looked into. Whatever they hold goes past the review.',
  fix: 'Ship the source instead. Fetch nothing and unpack nothing at run time.',
  bad: { file: 'bin/helper', source: '\u007fELF\u0002\u0001\u0001\u0000 program' },
  good: { file: 'bin/helper', source: '#!/bin/sh\nls data\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { file, kind, isDisguised } of facts.binaries) {
      const severity = isDisguised ? 'high' : SEVERITIES[kind.danger];
      if (severity === null) continue;
      const disguise = isDisguised ? ', under a name that says otherwise' : '';
      yield {
        severity,
        place: { file, line: 1, column: 1, excerpt: '' },
        message: `The package holds ${kind.words}${disguise}`,
      };
    }
  },
};

const SEVERITIES: Readonly<Record<'runs' | 'archive' | 'document' | 'none', Severity | null>> = {
  runs: 'medium',
  archive: 'medium',
  document: 'low',
  none: null,
};
