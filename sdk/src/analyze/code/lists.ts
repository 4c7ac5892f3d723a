import { builtinResult } from './builtins.ts';
import type { Call } from './calls.ts';
import type { Evaluator } from './evaluate.ts';
import { inlineCall } from './functions.ts';
import {
  concat,
  join,
  joinOrigins,
  NOTHING,
  numberValue,
  onlyText,
  textValue,
  unknownFrom,
  type Value,
  value,
} from './value.ts';

/** Longer lists are data; what becomes of each element is not followed. */
export const LIST_MAX = 2048;

/** The arguments of a call that are written down. */
export function argumentsOf(call: Call): Value[] {
  return Array.from({ length: call.count }, (_, index) => call.argument(index));
}

/** The elements of a list that is fully known; else null. */
export function itemsOf(receiver: Value): readonly Value[] | null {
  const list = receiver.things.length === 1 && receiver.texts.length === 0 ? receiver.things[0] : undefined;
  return list?.kind === 'array' ? list.items : null;
}

/** A list of these elements. */
export function listValue(items: readonly Value[]): Value {
  return value({ things: [{ kind: 'array', items }], origins: joinOrigins(items.map((item) => item.origins)) });
}

/** A text as the list of its characters; anything else as it is. */
export function listOf(base: Value): Value {
  const known = base.things.length === 0 ? onlyText(base) : null;
  return known === null ? base : listValue([...known].slice(0, LIST_MAX).map((char) => textValue(char, true)));
}

/** The numbers of a list of nothing else; else null. */
export function numbersOf(base: Value): number[] | null {
  const items = itemsOf(base);
  return items === null ? null : numbersIn(items);
}

/** The numbers that these values are; null when one is not known, or none. */
export function numbersIn(items: readonly Value[]): number[] | null {
  const numbers: number[] = [];
  for (const item of items) {
    const known = onlyText(item);
    if (known === null || !item.numeric) return null;
    numbers.push(Number(known));
  }
  return numbers;
}

/** The texts of a list, one behind the other. */
export function concatAll(list: Value, between: Value): Value {
  const items = itemsOf(list);
  if (items === null) return unknownFrom(list.origins);
  let result: Value | null = null;
  for (const item of items) {
    const part = { ...item, numeric: false };
    result = result === null ? part : concat(concat(result, between), part);
  }
  return { ...(result ?? textValue('')), assembled: true };
}

/** `list.map(fn)`, with `fn` worked out for each element. */
export function mapped(ev: Evaluator, call: Call, receiver: Value, at: number): Value | null {
  const list = onlyText(receiver) !== null ? listOf(receiver) : receiver;
  const items = itemsOf(list);
  const callback = call.argument(at);
  if (items === null || items.length > LIST_MAX) return null;
  const fn = callback.things.find((thing) => thing.kind === 'function');
  return listValue(
    items.map((item, index) => {
      const args = [item, numberValue(index)];
      const argument = (which: number): Value => args[which] ?? NOTHING;
      const each: Call = { ...call, argument, count: 2, rest: null, receiver: null, method: null };
      if (fn?.kind === 'function') return inlineCall(ev, fn.node, fn.module, each);
      const built = callback.refs.map((ref) => builtinResult(ev, each, ref)).filter((part) => part !== null);
      return built.length === 0 ? unknownFrom(item.origins) : join(built);
    }),
  );
}
