import { PROPERTIES_MAX } from './contents.ts';
import type { Evaluator } from './evaluate.ts';
import type { Module } from './module.ts';
import { exportValue } from './module-exports.ts';
import { constructorOf, isMethod, METHOD, memberOfRef, memberOfTexts, type Site } from './ref-members.ts';
import { isGlobalObject, memberRef } from './refs.ts';
import { type Binding, ELEMENT } from './scope.ts';
import { child, children, isFunction, type Node, nameOf, plainKey } from './syntax.ts';
import {
  HOLE,
  isSecretName,
  join,
  joinOrigins,
  knownTexts,
  numberValue,
  type Origin,
  refValue,
  type Thing,
  textValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
  withOrigins,
} from './value.ts';

/** `object[key]` where the key was worked out. */
export function memberByValue(ev: Evaluator, object: Value, key: Value, site: Site): Value {
  const texts = knownTexts(key);
  if (texts.length === 0 || texts.length < key.texts.length) {
    return withOrigins(
      join([anyMember(ev, object, site), ...texts.map((text) => memberOf(ev, object, text, site))]),
      key.origins,
    );
  }
  const found = join(texts.map((text) => memberOf(ev, object, text, site)));
  return key.assembled ? { ...found, assembled: true } : found;
}

/** `object.key`. */
export function memberOf(ev: Evaluator, object: Value, key: string, site: Site): Value {
  return ev.nested(() => findMember(ev, object, key, site)) ?? UNKNOWN;
}

function findMember(ev: Evaluator, object: Value, key: string, site: Site): Value {
  const parts: Value[] = [];
  for (const ref of object.refs) parts.push(...memberOfRef(object, ref, key, site));
  const own = ownMember(ev, object, key, site);
  if (own !== null) parts.push(own);
  if (key === 'constructor') parts.push(constructorOf(object));
  if (object.refs.length === 0) parts.push(...memberOfTexts(object, key));
  const passed = originsOfMember(object, key);
  const isSecret = isSecretName(key) && object.refs.length === 0;
  const origins = isSecret ? joinOrigins([passed, [{ kind: 'secret', name: key, ...site }]]) : passed;
  if (parts.length === 0) return unknownFrom(origins);
  const found = join(object.texts.includes(HOLE) ? [...parts, UNKNOWN] : parts);
  return withOrigins(object.assembled ? { ...found, assembled: true } : found, origins);
}

/** A member that the code itself gave the object; null when none is known. */
export function ownMember(ev: Evaluator, object: Value, key: string, site: Site): Value | null {
  const found = object.things.map((thing) => ev.nested(() => memberOfThing(ev, thing, key, site)));
  const known = found.filter((item) => item !== null);
  return known.length === 0 ? null : join(known);
}

function originsOfMember(object: Value, key: string): readonly Origin[] {
  if (object.origins.length === 0) return object.origins;
  return object.origins
    .filter(({ kind }) => kind !== 'environment')
    .map((origin) => (origin.kind === 'parameter' && origin.name === '' ? { ...origin, name: key } : origin));
}

function memberOfThing(ev: Evaluator, thing: Thing, key: string, site: Site): Value | null {
  switch (thing.kind) {
    case 'object':
      return remembered(ev, thing.node, key, () => propertyOf(ev, thing.node, key, thing.module, site));
    case 'fields':
      return fieldOf(ev, thing.binding, key, thing.module);
    case 'array':
      if (key === 'length') return numberValue(thing.items.length);
      if (/^\d{1,6}$/.test(key)) return thing.items[Number(key)] ?? null;
      return isMethod(Array.prototype, key) ? METHOD : null;
    case 'module':
      return exportValue(ev, thing.module, key);
    case 'class':
      if (key === 'prototype') return value({ things: [{ kind: 'instance', node: thing.node, module: thing.module }] });
      return remembered(ev, thing.node, `static ${key}`, () => classMember(ev, thing.node, key, thing.module, true));
    case 'instance':
      return remembered(ev, thing.node, key, () => classMember(ev, thing.node, key, thing.module, false));
    case 'enum':
      return enumMember(ev, thing.node, key, thing.module);
    case 'namespace':
      return namespaceMember(ev, thing.node, key, thing.module);
    case 'record':
      return thing.entries.get(key) ?? null;
    case 'function':
      return key === 'name' ? nameValue(thing.node) : null;
  }
}

function nameValue(fn: Node): Value | null {
  const name = nameOf(child(fn, 'id'));
  return name === null ? null : textValue(name, true);
}

/** Works out a member of an object or a class once. Objects that are spread into each other may form rings. */
function remembered(ev: Evaluator, node: Node, key: string, find: () => Value | null): Value | null {
  const known = ev.members.get(node) ?? new Map<string, Value | null>();
  ev.members.set(node, known);
  const done = known.get(key);
  if (done !== undefined) return done;
  known.set(key, null);
  const found = find();
  known.set(key, found);
  return found;
}

function propertyOf(ev: Evaluator, node: Node, key: string, module: Module, site: Site): Value | null {
  let found: Value | null = null;
  for (const property of children(node, 'properties')) {
    if (property.type === 'SpreadElement') {
      const spread = memberOf(ev, ev.evaluate(child(property, 'argument'), module), key, site);
      found = found === null ? spread : join([found, spread]);
      continue;
    }
    const plain = plainKey(property);
    const keys = plain !== null ? [plain] : knownTexts(ev.evaluate(child(property, 'key'), module));
    if (keys.includes(key)) found = propertyValue(ev, property, module);
  }
  return found;
}

function propertyValue(ev: Evaluator, property: Node, module: Module): Value {
  const content = child(property, 'value');
  if (property.kind === 'get' && isFunction(content)) return returnedBy(ev, content, module);
  return ev.evaluate(content, module);
}

function returnedBy(ev: Evaluator, fn: Node, module: Module): Value {
  return join((module.functions.get(fn)?.returns ?? []).map((node) => ev.evaluate(node, module)));
}

function fieldOf(ev: Evaluator, binding: Binding, key: string, module: Module): Value | null {
  const writes = binding.fields.filter((field) => field.key === key);
  return writes.length === 0 ? null : join(writes.map((field) => ev.evaluate(field.value, module)));
}

function classMember(ev: Evaluator, node: Node, key: string, module: Module, isStatic: boolean): Value | null {
  const found: Value[] = [];
  for (const field of module.thisFields.get(node) ?? []) {
    if (field.key === key) found.push(ev.evaluate(field.value, module));
  }
  const body = child(node, 'body');
  for (const member of body === null || body.type !== 'ClassBody' ? [] : children(body, 'body')) {
    if (member.type === 'MethodDefinition' && (member.static === true) === isStatic) {
      if (member.kind === 'constructor') found.push(...parameterProperty(ev, member, key, module));
      else if (plainKey(member) === key) found.push(propertyValue(ev, member, module));
    } else if (plainKey(member) === key && (member.static === true) === isStatic) {
      found.push(ev.evaluate(child(member, 'value'), module));
    }
  }
  if (found.length > 0) return join(found);
  const parent = child(node, 'superClass');
  if (parent === null) return null;
  const base = ev.evaluate(parent, module);
  const things = base.things.filter((thing) => thing.kind === 'class' && thing.node !== node);
  const site = { module, offset: node.start };
  const inherited = things.map((thing) =>
    thing.kind === 'class'
      ? ownMember(ev, value({ things: [isStatic ? thing : { ...thing, kind: 'instance' }] }), key, site)
      : null,
  );
  return join(inherited.filter((item) => item !== null));
}

/** TypeScript: `constructor(private host: string)` is also a field. */
function parameterProperty(ev: Evaluator, method: Node, key: string, module: Module): Value[] {
  const fn = child(method, 'value');
  if (fn === null) return [];
  return children(fn, 'params').flatMap((parameter) => {
    if (parameter.type !== 'TSParameterProperty') return [];
    const target = child(parameter, 'parameter');
    const id = target?.type === 'AssignmentPattern' ? child(target, 'left') : target;
    if (id === null || nameOf(id) !== key) return [];
    const binding = module.scopes.get(fn)?.names.get(key);
    return binding === undefined ? [] : [ev.bindingValue(binding, module, null)];
  });
}

function enumMember(ev: Evaluator, node: Node, key: string, module: Module): Value | null {
  const holder = child(node, 'body') ?? node;
  for (const member of children(holder, 'members')) {
    if (plainKey(member) === key) return ev.evaluate(child(member, 'initializer'), module);
  }
  return null;
}

function namespaceMember(ev: Evaluator, node: Node, key: string, module: Module): Value | null {
  for (let body = child(node, 'body'); body !== null; body = child(body, 'body')) {
    const binding = module.scopes.get(body)?.names.get(key);
    if (binding !== undefined) return ev.bindingValue(binding, module, null);
  }
  return null;
}

/** A member under an unknown key. */
function anyMember(ev: Evaluator, object: Value, site: Site): Value {
  const parts: Value[] = [UNKNOWN];
  for (const ref of object.refs) parts.push(refValue(isGlobalObject(ref) ? 'globalThis.*' : memberRef(ref, '*')));
  for (const thing of object.things) {
    if (thing.kind === 'array') parts.push(...thing.items);
    if (thing.kind !== 'object') continue;
    const properties = children(thing.node, 'properties');
    if (properties.length > PROPERTIES_MAX) continue;
    for (const property of properties) parts.push(propertyValue(ev, property, thing.module));
  }
  if (object.refs.includes('process.env')) {
    parts.push(unknownFrom([{ kind: 'variable', name: '*', ...site }]));
  }
  return withOrigins(join(parts), originsOfMember(object, ''));
}

/** Any one element of a list. */
export function elementOf(ev: Evaluator, list: Value): Value {
  const parts: Value[] = [];
  for (const thing of list.things) {
    if (thing.kind === 'array') parts.push(...thing.items);
    const put = thing.kind === 'fields' ? fieldOf(ev, thing.binding, ELEMENT, thing.module) : null;
    if (put !== null) parts.push(put, UNKNOWN);
  }
  if (parts.length === 0) return unknownFrom(list.origins);
  return list.texts.includes(HOLE) ? join([...parts, unknownFrom(list.origins)]) : join(parts);
}
