import type { Evaluator } from './evaluate.ts';
import { child, children, isFunction } from './syntax.ts';
import { identityOf, joinOrigins, type Origin, type Thing, type Value } from './value.ts';

/** Larger objects are looked into only by name. */
export const PROPERTIES_MAX = 32;

/** Where anything inside a value comes from: what is handed over when the value is. */
export function deepOrigins(ev: Evaluator, base: Value): readonly Origin[] {
  if (base.things.length === 0) return base.origins;
  return joinOrigins([base.origins, ...base.things.map((thing) => originsIn(ev, thing))]);
}

/** Looks into each object once; one that holds itself adds nothing the second time. */
function originsIn(ev: Evaluator, thing: Thing): readonly Origin[] {
  const identity = identityOf(thing);
  const known = ev.contents.get(identity);
  if (known !== undefined) return known;
  ev.contents.set(identity, []);
  const found = ev.nested(() => joinOrigins(contentsOf(ev, thing).map((item) => deepOrigins(ev, item)))) ?? [];
  ev.contents.set(identity, found);
  return found;
}

function contentsOf(ev: Evaluator, thing: Thing): readonly Value[] {
  if (thing.kind === 'array') return thing.items;
  if (thing.kind === 'record') return [...thing.entries.values()];
  if (thing.kind === 'fields') return thing.binding.fields.map((field) => ev.evaluate(field.value, thing.module));
  if (thing.kind !== 'object') return [];
  return children(thing.node, 'properties')
    .slice(0, PROPERTIES_MAX)
    .map((property) => child(property, property.type === 'SpreadElement' ? 'argument' : 'value'))
    .filter((content) => !isFunction(content))
    .map((content) => ev.evaluate(content, thing.module));
}
