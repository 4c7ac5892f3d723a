import { apiOf } from './apis.ts';
import type { Module } from './module.ts';
import { memberRef } from './refs.ts';
import { HOLE, join, knownTexts, numberValue, type Origin, refValue, textValue, type Value, value } from './value.ts';

/** Where a member is read, so that a source found there can be shown. */
export interface Site {
  readonly module: Module;
  readonly offset: number;
}

export function memberOfRef(object: Value, ref: string, key: string, site: Site): Value[] {
  if (ref === 'process.env' && key !== 'get' && key !== 'has' && key !== 'toObject') {
    const origin: Origin = { kind: 'variable', name: key, ...site };
    // Where the home folder is stands in these; the rest of a path is what matters.
    const isHome = key === 'HOME' || key === 'USERPROFILE';
    return [value({ texts: [isHome ? '~' : HOLE], origins: isHome ? [] : [origin] })];
  }
  if (ref === 'URL#') return urlPart(object, key);
  if (ref === 'import.meta' && key !== 'env') return [importMeta(site.module, key)];
  const name = memberRef(ref, key);
  if (name !== 'process.env') return [refValue(name)];
  return [value({ refs: [name], origins: [{ kind: 'environment', name: '*', ...site }] })];
}

function importMeta(module: Module, key: string): Value {
  const folder = module.path.includes('/') ? `/${module.path.slice(0, module.path.lastIndexOf('/'))}` : '';
  if (key === 'url') return textValue(`file://<package>/${module.path}`);
  if (key === 'dirname') return textValue(`<package>${folder}`);
  if (key === 'filename') return textValue(`<package>/${module.path}`);
  return refValue(`import.meta.${key}`);
}

function urlPart(object: Value, key: string): Value[] {
  const parts = object.texts.map((text) => {
    if (key === 'href' || key === 'toString' || key === 'toJSON') return key === 'href' ? text : HOLE;
    const match = /^([a-z]+:)\/\/([^/?#]*)([^?#]*)/.exec(text);
    if (match === null) return HOLE;
    const [, protocol = '', host = '', path = ''] = match;
    if (key === 'protocol') return protocol;
    if (key === 'host') return host;
    if (key === 'hostname') return host.replace(/:\d+$/, '');
    if (key === 'origin') return `${protocol}//${host}`;
    if (key === 'pathname') return path || '/';
    return HOLE;
  });
  return [value({ texts: parts })];
}

/** `.constructor`: of a function it is Function, of anything else something whose own constructor is Function. */
export function constructorOf(object: Value): Value {
  const isFunctionLike = object.things.some(({ kind }) => kind === 'function' || kind === 'class');
  const isConstructor = object.refs.some(
    (ref) => ref === '?.method' || ref.endsWith('.constructor') || CONSTRUCTORS.has(ref) || apiOf(ref) !== null,
  );
  return refValue(isFunctionLike || isConstructor ? 'Function' : '?.constructor');
}

const CONSTRUCTORS = new Set([
  'Object',
  'Array',
  'String',
  'Number',
  'Function',
  'RegExp',
  'Boolean',
  'Promise',
  'Map',
  'Set',
  'Date',
  'Error',
  'Symbol',
]);

export function memberOfTexts(object: Value, key: string): Value[] {
  const texts = knownTexts(object);
  if (texts.length === 0 || texts.length < object.texts.length) return [];
  if (/^\d{1,6}$/.test(key)) return [join(texts.map((text) => textValue(text[Number(key)] ?? 'undefined', true)))];
  if (key === 'length') return [join(texts.map((text) => numberValue(text.length)))];
  return isMethod(String.prototype, key) ? [METHOD] : [];
}

/** Some function of the language: what it does is told by its name, but its constructor is Function. */
export const METHOD = refValue('?.method');

export function isMethod(prototype: object, key: string): boolean {
  const own = Object.hasOwn(prototype, key) ? (prototype as Record<string, unknown>)[key] : undefined;
  return typeof own === 'function' && key !== 'constructor';
}
