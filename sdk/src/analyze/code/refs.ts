/**
 * Well-known names, in one spelling each: `fs.readFile` whether it came by `require('node:fs')`, an import, an alias
 * or `globalThis.process.getBuiltinModule('fs')`. `Name#` is an instance of Name.
 */

/** Packages that stand in for a built-in module or for a global. */
const MODULES: Readonly<Record<string, string>> = {
  'fs-extra': 'fs',
  'graceful-fs': 'fs',
  'node-fetch': 'fetch',
  'cross-fetch': 'fetch',
  'isomorphic-fetch': 'fetch',
  'isomorphic-unfetch': 'fetch',
  unfetch: 'fetch',
  ws: 'WebSocket',
  'isomorphic-ws': 'WebSocket',
  eventsource: 'EventSource',
  module: 'node-module',
  process: 'process',
  buffer: 'node-buffer',
  url: 'node-url',
  path: 'path',
  'path/posix': 'path',
  'path/win32': 'path',
  upath: 'path',
  timers: 'node-timers',
  'cross-spawn': 'child_process.spawn',
  'util/types': 'util',
};

const GLOBAL_OBJECTS = new Set(['globalThis', 'global', 'window', 'self', 'top', 'frames']);

/** Members of these modules are the globals of the same name. */
const GLOBAL_MODULES = new Set(['node-buffer', 'node-url', 'node-timers', 'undici']);
const GLOBAL_MEMBERS = new Set([
  'Buffer',
  'atob',
  'btoa',
  'URL',
  'URLSearchParams',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'Request',
  'WebSocket',
  'EventSource',
]);

const ALIASES: Readonly<Record<string, string>> = {
  'process.mainModule.require': 'require',
  'module.require': 'require',
  'module.parent.require': 'require',
  'require.main.require': 'require',
  'require.resolve': 'require.resolve',
  'module.constructor': 'node-module',
  'process.mainModule.constructor': 'node-module',
  'require.main.constructor': 'node-module',
  'node-module.Module': 'node-module',
  'node-module._load': 'require',
  'node-module.prototype.require': 'require',
  'process.getBuiltinModule': 'require',
  'node-module.createRequireFromPath': 'node-module.createRequire',
  'Deno.env': 'process.env',
  'Bun.env': 'process.env',
  'import.meta.env': 'process.env',
  'path.posix': 'path',
  'path.win32': 'path',
  'util.TextDecoder': 'TextDecoder',
  'WebSocket.WebSocket': 'WebSocket',
  'EventSource.EventSource': 'EventSource',
  'dns.Resolver#': 'dns',
  'dns.promises.Resolver#': 'dns.promises',
  'execa.execaSync': 'execa.execa',
  'String.prototype.constructor': 'String',
};

/** The name of what `require(specifier)` or an import gives. */
export function moduleRef(specifier: string): string {
  const bare = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  return Object.hasOwn(MODULES, bare) ? (MODULES[bare] as string) : bare.replace(/^(fs|dns|timers|stream)\//, '$1.');
}

/** The name of a member of a named thing. */
export function memberRef(ref: string, key: string): string {
  if (key === 'default') return ref;
  if (GLOBAL_OBJECTS.has(ref)) return globalRef(key);
  if (GLOBAL_MODULES.has(ref) && GLOBAL_MEMBERS.has(key)) return key;
  const name = `${ref}${ref.endsWith('#') ? '' : '.'}${key}`;
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
}

/** The name of an instance: what `new Name()` gives. */
export function instanceRef(ref: string): string {
  const name = `${ref}#`;
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
}

/** The name of a global. */
export function globalRef(name: string): string {
  return GLOBAL_OBJECTS.has(name) ? 'globalThis' : name;
}

export function isGlobalObject(ref: string): boolean {
  return GLOBAL_OBJECTS.has(ref);
}
