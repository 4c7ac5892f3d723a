import { dirname, resolvePaths } from '../code/paths.ts';
import { HOLE } from '../code/value.ts';
import type { CallValues, Evaluator } from './evaluate.ts';
import type { Scope } from './scopes.ts';
import type { PythonNode } from './syntax.ts';
import {
  concat,
  deepOrigins,
  join,
  joinOrigins,
  knownTexts,
  mapTexts,
  NOTHING,
  type Origin,
  onlyText,
  pieceOf,
  TEXT_LENGTH_MAX,
  textValue,
  unknownFrom,
  type Value,
  value,
} from './value.ts';

const PATH = 'pathlib.Path#';

export function isPath(base: Value): boolean {
  return base.refs.includes(PATH);
}

export function pathValue(texts: readonly string[], origins: readonly Origin[]): Value {
  return value({ texts, refs: [PATH], origins, assembled: true });
}

/** The value of an operator between two values. */
export function foldBinary(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '+':
      return numbers(left, right, (a, b) => a + b) ?? concat(left, right);
    case '%':
      return numbers(left, right, (a, b) => a % b) ?? percent(left, right);
    case '/':
      return isPath(left) || isPath(right) ? joined([left, right]) : unknownFrom([]);
    case '^':
      return numbers(left, right, (a, b) => a ^ b) ?? unknownFrom(joinOrigins([left.origins, right.origins]));
    case '-':
      return numbers(left, right, (a, b) => a - b) ?? unknownFrom([]);
    case '*':
      return repeated(left, right);
    case 'or':
    case 'and':
      return join([left, right]);
    case '|':
      return unknownFrom(joinOrigins([deepOrigins(left), deepOrigins(right)]));
    default:
      return NOTHING;
  }
}

function numbers(left: Value, right: Value, work: (a: number, b: number) => number): Value | null {
  const [a, b] = [onlyText(left), onlyText(right)];
  if (a === null || b === null || !isNumber(a) || !isNumber(b)) return null;
  return textValue(String(work(Number(a), Number(b))), { origins: joinOrigins([left.origins, right.origins]) });
}

export function isNumber(text: string): boolean {
  return /^-?(\d{1,15}|0[xX][0-9a-fA-F]{1,12})$/.test(text);
}

function repeated(left: Value, right: Value): Value {
  const [text, times] = [onlyText(left), Number(onlyText(right) ?? Number.NaN)];
  if (text === null || !(times >= 0) || text.length * times > TEXT_LENGTH_MAX) return unknownFrom(left.origins);
  return isNumber(text) && times > 64 ? unknownFrom([]) : textValue(text.repeat(times), { assembled: true });
}

/** `'%s/%s' % (a, b)`. */
function percent(left: Value, right: Value): Value {
  const parts = right.items ?? [right];
  return filled(left, /%(?:\(\w+\))?[-+0-9.]*[sdrxi]/, parts);
}

/** A template with its marks replaced, one after the other. */
export function filled(
  template: Value,
  mark: RegExp,
  parts: readonly Value[],
  named?: ReadonlyMap<string, Value>,
): Value {
  const [text] = template.texts;
  if (text === undefined || template.texts.length !== 1 || text === HOLE)
    return unknownFrom(joinOrigins([template.origins, ...parts.map((part) => deepOrigins(part))]));
  let out = textValue('', { origins: template.origins });
  let rest = text;
  for (let index = 0; index < 64; index++) {
    const match = mark.exec(rest);
    if (match === null) break;
    const name = /[{(](\w+)/.exec(match[0])?.[1] ?? '';
    const part = named?.get(name) ?? (/^\d+$/.test(name) ? parts[Number(name)] : parts[index]);
    out = concat(concat(out, textValue(rest.slice(0, match.index))), part ?? unknownFrom([]));
    rest = rest.slice(match.index + match[0].length);
  }
  return concat(out, textValue(rest));
}

export function joined(parts: readonly Value[]): Value {
  const origins = joinOrigins(parts.map((part) => part.origins));
  const [first, ...rest] = parts;
  let texts: readonly string[] = textsOf(first);
  for (const part of rest) {
    const tails = textsOf(part);
    texts =
      texts.length * tails.length > 12
        ? [HOLE]
        : texts.flatMap((head) => tails.map((tail) => resolvePaths([head, tail])));
  }
  return pathValue(texts, origins);
}

export function textsOf(base: Value | undefined): readonly string[] {
  return base === undefined || base.texts.length === 0 ? [HOLE] : base.texts;
}

/** Attributes of paths; null for everything else. */
export function foldMember(base: Value, name: string): Value | null {
  if (!isPath(base)) return null;
  if (name === 'parent') return pathValue(base.texts.map(parentOf), base.origins);
  if (name === 'name' || name === 'stem') return mapTexts(base, (text) => text.slice(text.lastIndexOf('/') + 1));
  return null;
}

export function parentOf(path: string): string {
  return path === HOLE ? HOLE : dirname(path);
}

const NAMESPACES = /^(globals\(\)|locals\(\)|vars\(\)|[\w.]+\.__dict__|sys\.modules)$/;

/** `base[key]`: an entry, an item, a part, a variable of the environment, a name. */
export function subscript(ev: Evaluator, base: Value, node: PythonNode, scope: Scope): Value {
  const inside = node.children.slice(1).filter(({ type }) => !/^[[\]]$/.test(type));
  if (inside.some(({ type }) => type === ':')) return sliced(base, inside.map((part) => ev.textOf(part)).join(''));
  const key = ev.evaluate(inside[0], scope);
  return entry(ev, base, key, node.from);
}

/** What stands under a key. */
export function entry(ev: Evaluator, base: Value, key: Value, offset: number): Value {
  const name = onlyText(key);
  if (base.refs.includes('os.environ') || base.refs.includes('os.environb')) return variable(key, offset);
  const space = base.refs.find((ref) => NAMESPACES.test(ref));
  if (space !== undefined) {
    const under = space === 'sys.modules' || space.endsWith('()') ? '' : `${space.replace(/\.__dict__$/, '')}.`;
    if (name === null) return value({ refs: [`${under}*`], origins: key.origins, assembled: true });
    return value({
      refs: [under === '__builtins__.' || under === 'builtins.' ? name : `${under}${name}`],
      assembled: key.assembled,
    });
  }
  if (name !== null && base.fields?.has(name) === true) return base.fields.get(name) ?? NOTHING;
  if (name !== null && /^-?\d+$/.test(name) && base.items !== null) {
    const item = base.items.at(Number(name));
    if (item !== undefined) return item;
  }
  const whole = onlyText(base);
  if (whole !== null && name !== null && /^-?\d{1,7}$/.test(name) && !isPath(base)) {
    return textValue(whole.at(Number(name)) ?? '', { origins: base.origins, assembled: true });
  }
  if (isPath(base)) return pathValue(base.texts.map(parentOf), base.origins);
  const parameter = base.origins.find((origin) => origin.kind === 'parameter' && origin.name === '');
  if (parameter !== undefined && name !== null) return unknownFrom([{ ...parameter, name }]);
  return unknownFrom(ev.originsOf(base, offset));
}

/** `os.environ[name]`. */
export function variable(name: Value, offset: number): Value {
  const names = knownTexts(name);
  const isHome = names.length === 1 && /^(HOME|USERPROFILE)$/.test(names[0] ?? '');
  if (isHome) return textValue('~');
  return unknownFrom(names.map((known) => ({ kind: 'variable' as const, name: known, offset })));
}

function sliced(base: Value, range: string): Value {
  if (range === '::-1') {
    if (base.items !== null) return value({ items: [...base.items].reverse(), origins: base.origins });
    return mapTexts(base, (text) => [...text].reverse().join(''));
  }
  const match = /^(-?\d*):(-?\d*)$/.exec(range);
  if (match === null) return pieceOf(base);
  const from = Number(match[1] ?? 0);
  const to = match[2] === '' ? undefined : Number(match[2]);
  if (base.items !== null) return value({ items: base.items.slice(from, to), origins: base.origins });
  return mapTexts(base, (text) => (text.includes(HOLE) ? null : text.slice(from, to)));
}

export const first = (args: CallValues): Value => args.positional[0] ?? NOTHING;
