import type { Hit, Rule, TextFile } from '../facts.ts';
import { shortened } from '../flow.ts';

/** Dependencies that are fetched from an address instead of a registry. */
export const remoteDependency: Rule = {
  id: 'remote-dependency',
  kind: 'load',
  cwe: 'CWE-829',
  title: 'A dependency is fetched from an address',
  why: 'What an address answers can differ from day to day and from caller to caller. No version, no lock file and no scan of a registry covers it.',
  fix: 'Depend on a published package by name and version.',
  bad: {
    file: 'package.json',
    source: '{ "name": "tool", "dependencies": { "parts": "http://parts.example/npm/parts" } }\n',
  },
  good: { file: 'package.json', source: '{ "name": "tool", "dependencies": { "parts": "1.2.3" } }\n' },
  *inText({ source }: TextFile): Iterable<Hit> {
    if (!/(^|\/)package\.json$/.test(source.path)) return;
    for (const match of source.text.matchAll(ADDRESS)) {
      const [, name = '', address = ''] = match;
      if (!isInDependencies(source.text, match.index)) continue;
      const isOpen = address.startsWith('http:');
      yield {
        // Nobody needs to own the address to answer in its place.
        severity: isOpen ? 'critical' : 'medium',
        place: source.place(match.index),
        message: `${name} is fetched from ${shortened(address)}`,
      };
    }
  },
};

const ADDRESS = /"([^"\n]{1,214})"\s{0,8}:\s{0,8}"(https?:\/\/[^"\n]{1,400})"/g;

/** The nearest key with an object before it is one of those that name dependencies. */
function isInDependencies(text: string, offset: number): boolean {
  const open = text.lastIndexOf('{', offset);
  const key = /"(\w{1,40})"\s{0,8}:\s{0,8}$/.exec(text.slice(Math.max(0, open - 64), open));
  return /^(dependencies|optionalDependencies|peerDependencies)$/.test(key?.[1] ?? '');
}
