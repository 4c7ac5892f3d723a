import { type Place, SourceText } from '../source/source-text.ts';
import type { Scope } from './scopes.ts';

/** One file among those that are analysed together. Its nodes lie between `from` and `to` of the joined text. */
export interface PythonFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly top: Scope;
}

/** More files of one package are not linked to each other. */
const FILES_MAX = 200;
/** More characters are analysed file by file. */
const JOINED_MAX = 512 * 1024;
const IMPORT =
  /^[ \t]{0,40}(?:from[ \t]+([\w.]{1,200})[ \t]+import[ \t]+([^\n]{1,300})|import[ \t]+([\w., \t]{1,300}))/gm;

/** The file that a dotted name means, seen from another one: beside it, above it, or the only one of that name. */
export function moduleFile(from: string, dotted: string, paths: readonly string[]): string | null {
  const name = dotted.replace(/^\.+/, '').replaceAll('.', '/');
  if (name === '') return null;
  const known = new Set(paths);
  const ends = [`${name}.py`, `${name}/__init__.py`];
  const folders = from.split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth--) {
    const folder = folders
      .slice(0, depth)
      .map((part) => `${part}/`)
      .join('');
    const found = ends.find((end) => known.has(folder + end));
    if (found !== undefined) return folder + found;
  }
  const others = paths.filter((path) => ends.some((end) => path.endsWith(`/${end}`)));
  return others.length === 1 ? (others[0] ?? null) : null;
}

/** The files of the package that a source imports. */
function importsOf(source: SourceText, paths: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const [, base, names = '', plain] of source.text.matchAll(IMPORT)) {
    const dotted =
      base === undefined ? (plain ?? '').split(',') : [base, ...names.split(',').map((name) => `${base}.${name}`)];
    for (const one of dotted) {
      const word = /^[\s(]*([\w.]+)/.exec(one)?.[1] ?? '';
      const file = moduleFile(source.path, word, paths);
      if (file !== null && file !== source.path) found.add(file);
    }
  }
  return found;
}

/** Files that import each other, to be analysed together; the order of the files stays. */
export function groupPython(sources: readonly SourceText[]): SourceText[][] {
  const paths = sources.map(({ path }) => path);
  if (paths.length > FILES_MAX) return sources.map((source) => [source]);
  const groupOf = new Map(sources.map((source) => [source.path, [source]]));
  for (const source of sources) {
    for (const path of importsOf(source, paths)) {
      const [mine, other] = [groupOf.get(source.path) ?? [], groupOf.get(path) ?? []];
      if (mine === other) continue;
      const size = [...mine, ...other].reduce((sum, { text }) => sum + text.length, 0);
      if (size > JOINED_MAX) continue;
      mine.push(...other);
      for (const { path: moved } of other) groupOf.set(moved, mine);
    }
  }
  const groups = [...new Set(groupOf.values())];
  return groups.map((group) => group.sort((left, right) => paths.indexOf(left.path) - paths.indexOf(right.path)));
}

/** Several sources behind one another; every place is one in its own file. */
export class JoinedText extends SourceText {
  readonly parts: readonly { readonly source: SourceText; readonly from: number }[];

  constructor(sources: readonly SourceText[]) {
    super(sources[0]?.path ?? '', sources.map(({ text }) => text).join('\n'));
    let from = 0;
    this.parts = sources.map((source) => {
      const part = { source, from };
      from += source.text.length + 1;
      return part;
    });
  }

  override place(offset: number): Place {
    const part = this.parts.findLast(({ from }) => from <= offset);
    return part === undefined ? super.place(offset) : part.source.place(offset - part.from);
  }
}
