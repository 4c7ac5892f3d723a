import type { Evaluator } from './evaluate.ts';
import type { Module } from './module.ts';
import type { Binding } from './scope.ts';
import { HOLE, type Value } from './value.ts';

/** Fields of a URL that say where it leads. */
export const fieldKeysOfUrl: ReadonlySet<string> = new Set([
  'href',
  'host',
  'hostname',
  'port',
  'protocol',
  'pathname',
  'search',
  'hash',
]);

/** A URL whose host was set afterwards leads to the new host too. */
export function withUrlFields(ev: Evaluator, base: Value, binding: Binding, module: Module): Value {
  if (!base.refs.includes('URL#')) return base;
  const texts = [...base.texts];
  for (const { key, value: node } of binding.fields) {
    const written = ev.evaluate(node, module);
    for (const text of written.texts.length === 0 ? [HOLE] : written.texts) {
      if (key === 'href') texts.push(text);
      if (key !== 'host' && key !== 'hostname') continue;
      for (const url of base.texts)
        texts.push(url.replace(/^([a-z]+:\/\/)[^/?#]*/, `$1${text.replaceAll('$', '$$$$')}`));
    }
  }
  return texts.length === base.texts.length ? base : { ...base, texts };
}
