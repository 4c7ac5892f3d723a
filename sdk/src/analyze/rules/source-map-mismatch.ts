import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule } from '../facts.ts';

/** Code that does more than the source that its map shows. */
export const sourceMapMismatch: Rule = {
  id: 'source-map-mismatch',
  kind: 'obfuscation',
  cwe: 'CWE-506',
  title: 'The code does what its source map does not show',
  why: 'Reviewers and debuggers read the source that a map shows. What was added to the code afterwards is seen by neither.',
  fix: 'Build the code and its map again from the same sources, or leave the map out.',
  bad: {
    file: 'dist/a.js',
    source:
      "import { execSync } from 'node:child_process';\nexecSync('id'); // and dist/a.js.map says: export const a = 1;\n",
  },
  good: { file: 'dist/a.js', source: 'export const a = 1;\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      const original = facts.originals.get(use.place.file);
      const what = original === undefined ? null : missing(use, original);
      if (what === null) continue;
      yield { severity: 'high', place: use.place, message: `The source that its map shows holds no “${what}”` };
    }
  },
};

/** A word that the line of the code spells out and that the sources do not; null when there is none. */
function missing(use: Use, original: string): string | null {
  const words = use.kind === 'net' ? use.values.map((value) => value.replace(/:\d+$/, '')) : [nameOf(use)];
  return words.find((word) => word !== '' && use.place.excerpt.includes(word) && !original.includes(word)) ?? null;
}

function nameOf({ kind, api }: Use): string {
  return kind === 'exec' || kind === 'eval' ? api.slice(api.lastIndexOf('.') + 1) : '';
}
