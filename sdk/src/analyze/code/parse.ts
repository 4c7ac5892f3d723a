import { parse as parseBabel } from '@babel/parser';
import { parse as parseMeriyah } from 'meriyah';
import { AST_BYTES_MAX, TYPESCRIPT_AST_BYTES_MAX } from '../../limits.ts';
import { isNode } from './syntax.ts';
import { type FlatTree, flatten } from './walk.ts';

/** `tree` is null when there is none to analyse; then `reason` says why, in words that fit after "because". */
export interface Parsed {
  tree: FlatTree | null;
  reason: string | null;
  /** True when the slow, recovering parser was needed. */
  isRecovered: boolean;
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
export function parseSource(source: string, dialect: Dialect, mayRecover = true): Parsed {
  const limit = dialect === 'javascript' ? AST_BYTES_MAX : TYPESCRIPT_AST_BYTES_MAX;
  const failed = (reason: string, isRecovered: boolean): Parsed => ({ tree: null, reason, isRecovered });
  if (source.length > limit) return failed(`it is larger than ${limit} bytes`, false);
  const text = blankPrefix(source);
  const isShort = text.length <= RECOVERABLE_LENGTH_MAX;
  let reason = 'the parser found no program';
  for (const { parse, recovers } of ATTEMPTS[dialect]) {
    if (recovers && !(isShort && mayRecover)) continue;
    try {
      const program = parse(text);
      if (!isNode(program)) continue;
      const tree = flatten(program, DEPTH_MAX[dialect], SPINE_MAX);
      return tree === null ? failed(NESTED, recovers) : { tree, reason: null, isRecovered: recovers };
    } catch (error) {
      // The words of a stack overflow differ by runtime. The next parser would need more stack, not less.
      if (error instanceof RangeError) return failed(NESTED, recovers);
      reason = `it does not parse (${firstLine(error)})`;
    }
  }
  return failed(reason, isShort && mayRecover);
}

const NESTED = 'it is nested too deeply';

interface Attempt {
  readonly parse: (text: string) => unknown;
  readonly recovers: boolean;
}

type Plugins = NonNullable<NonNullable<Parameters<typeof parseBabel>[1]>['plugins']>;

/** A pair of offsets beside each node’s own two would be a fifth of the tree. */
const RANGES = { start: true, end: true, range: false } as const;
const meriyahOptions = { ranges: RANGES, next: true, impliedStrict: false } as const;

const MODERN: Plugins = ['estree', 'decoratorAutoAccessors', 'explicitResourceManagement'];
const TYPES: Plugins = [...MODERN, 'typescript', 'decorators'];

const strict = (parse: Attempt['parse']): Attempt => ({ parse, recovers: false });
const recovering = (plugins: Plugins): Attempt => ({ parse: (text) => babel(text, plugins, true), recovers: true });

/** The parsers for each dialect, in the order in which they are tried. */
const ATTEMPTS: Readonly<Record<Dialect, readonly Attempt[]>> = {
  javascript: [
    strict((text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'module' })),
    strict((text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'commonjs', webcompat: true })),
    strict((text) => parseMeriyah(text, { ...meriyahOptions, sourceType: 'module', jsx: true })),
    strict((text) => babel(text, [...MODERN, 'jsx', 'decorators'], false)),
    // Types in a .js file; some tools run them.
    strict((text) => babel(text, TYPES, false)),
    recovering([...MODERN, 'jsx', 'decorators']),
  ],
  typescript: [
    strict((text) => babel(text, TYPES, false)),
    // The older kind of decorators, which parameters may have too.
    strict((text) => babel(text, [...MODERN, 'typescript', 'decorators-legacy'], false)),
    recovering(TYPES),
  ],
  tsx: [
    strict((text) => babel(text, [...TYPES, 'jsx'], false)),
    strict((text) => babel(text, [...MODERN, 'typescript', 'jsx', 'decorators-legacy'], false)),
    recovering([...TYPES, 'jsx']),
  ],
};

/** Recovery takes a time that grows with the square of the errors; real sources with an error in them are small. */
const RECOVERABLE_LENGTH_MAX = 96 * 1024;

function babel(text: string, plugins: Plugins, errorRecovery: boolean): unknown {
  const file = parseBabel(text, {
    sourceType: 'unambiguous',
    errorRecovery,
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
