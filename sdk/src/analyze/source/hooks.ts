import { resolveImport } from './imports.ts';
import type { SourceText } from './source-text.ts';

/** A script of a `package.json`. */
export interface PackageScript {
  readonly name: string;
  readonly command: string;
  readonly offset: number;
  /** A package manager runs it by itself while it installs. */
  readonly isHook: boolean;
}

const HOOKS = new Set(['preinstall', 'install', 'postinstall']);

/** The scripts of a `package.json`; none when it cannot be read. */
export function packageScripts(source: SourceText): PackageScript[] {
  const scripts = member(parsed(source.text), 'scripts');
  if (typeof scripts !== 'object' || scripts === null) return [];
  return Object.entries(scripts).flatMap(([name, command]) => {
    if (typeof command !== 'string') return [];
    const offset = Math.max(0, source.text.indexOf(JSON.stringify(name)));
    return [{ name, command, offset, isHook: HOOKS.has(name) }];
  });
}

/** Files of the package that a command names: `node scripts/setup.js`. */
export function filesIn(command: string, from: string, paths: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const [word] of command.matchAll(/[\w./@-]{1,200}/g)) {
    const target = resolveImport(from, word.startsWith('.') ? word : `./${word}`, paths);
    if (target !== null) found.push(target);
  }
  return found;
}

/** Files that a program starts with when somebody uses the package: `main`, `bin`, `exports`. */
export function entryFiles(source: SourceText, paths: ReadonlySet<string>): string[] {
  const value = parsed(source.text);
  const names = ['main', 'module', 'bin', 'exports'].flatMap((key) => textsIn(member(value, key), 0));
  const found = [...names, './index'].map((name) =>
    resolveImport(source.path, name.startsWith('.') ? name : `./${name}`, paths),
  );
  // Declarations are for compilers; nothing starts with them.
  return found.filter((path): path is string => path !== null && !/\.d\.[cm]?ts$/.test(path));
}

/** Nested conditions of `exports` go this deep at most. */
const DEPTH_MAX = 6;

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return [];
  return Object.values(value).flatMap((item) => textsIn(item, depth + 1));
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // Not JSON: no package manager reads it either.
    return null;
  }
}
