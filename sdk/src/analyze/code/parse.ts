import { parse as parseBabel } from '@babel/parser';
import { parse as parseMeriyah } from 'meriyah';
import { AST_BYTES_MAX, TYPESCRIPT_AST_BYTES_MAX } from '../../limits.ts';
import { type FlatTree, flatten, isNode } from './syntax.ts';

/** `tree` is null when there is none to analyse; then `reason` says why, in words that fit after "because". */
export interface Parsed {
  tree: FlatTree | null;
  reason: string | null;
}

export type Dialect = 'javascript' | 'typescript' | 'tsx';

/**
 * Parsers recurse, and how deep they can go depends on the runtime's stack. Trees deeper than this are refused on every
 * runtime, well before the smallest stack ends, so that all of them give the same answer.
 */
const DEPTH_MAX = { javascript: 400, typescript: 180, tsx: 180 } as const;
/** Chains such as `a.b().c()…` and `a + b + …` lean to the left; the parsers build them (almost) without recursion. */
const SPINE_MAX = 1500;

/**
 * Parses one source file. Never throws. JavaScript is tried as a module, then as a sloppy script, then with the
 * recovering parser, so that one odd statement does not hide a whole file; TypeScript goes to the latter at once.
 */
export function parseSource(source: string, dialect: Dialect): Parsed {
  const limit = dialect === 'javascript' ? AST_BYTES_MAX : TYPESCRIPT_AST_BYTES_MAX;
  if (source.length > limit) return { tree: null, reason: `it is larger than ${limit} bytes` };
  const text = blankPrefix(source);
  let reason = 'the parser found no program';
  for (const attempt of dialect === 'javascript' ? JAVASCRIPT : TYPESCRIPT[dialect]) {
    try {
      const program = attempt(text);
      if (!isNode(program)) continue;
      const tree = flatten(program, DEPTH_MAX[dialect], SPINE_MAX);
      return { tree, reason: tree === null ? NESTED : null };
    } catch (error) {
      // The words of a stack overflow differ by runtime. The next parser would need more stack, not less.
      if (error instanceof RangeError) return { tree: null, reason: NESTED };
      reason = `it does not parse (${firstLine(error)})`;
    }
  }
  return { tree: null, reason };
}

const NESTED = 'it is nested too deeply';

type Attempt = (text: string) => unknown;
type Plugins = NonNullable<NonNullable<Parameters<typeof parseBabel>[1]>['plugins']>;

const meriyahOptions = { ranges: true, next: true, impliedStrict: false } as const;

const MODERN: Plugins = ['decorators', 'decoratorAutoAccessors', 'explicitResourceManagement'];

const JAVASCRIPT: readonly Attempt[] = [
  (text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'module' }),
  (text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'commonjs', webcompat: true }),
  (text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'module', jsx: true }),
  (text) => recovering(text, ['estree', 'jsx', ...MODERN]),
  // Types in a .js file; some tools run them.
  (text) => recovering(text, ['estree', 'typescript', ...MODERN]),
];

const TYPESCRIPT: Record<'typescript' | 'tsx', readonly Attempt[]> = {
  typescript: [(text) => recovering(text, ['estree', 'typescript', ...MODERN])],
  tsx: [(text) => recovering(text, ['estree', 'typescript', 'jsx', ...MODERN])],
};

function recovering(text: string, plugins: Plugins): unknown {
  const file = parseBabel(text, {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowNewTargetOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
    createImportExpressions: true,
    attachComment: false,
    plugins,
  });
  return file.program;
}

/** A byte order mark and the first two characters of a `#!` line are made harmless; no offset moves. */
function blankPrefix(source: string): string {
  const text = source.startsWith('\ufeff') ? ` ${source.slice(1)}` : source;
  const at = text.startsWith(' #!') && source.startsWith('\ufeff') ? 1 : 0;
  return text.startsWith('#!', at) ? `${text.slice(0, at)}//${text.slice(at + 2)}` : text;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
