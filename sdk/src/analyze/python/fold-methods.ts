import { joinPaths } from '../code/paths.ts';
import { HOLE } from '../code/value.ts';
import type { CallValues, Evaluator } from './evaluate.ts';
import { entry, filled, first, isPath, joined, parentOf, pathValue } from './fold.ts';
import {
  deepOrigins,
  join,
  mapTexts,
  NOTHING,
  onlyText,
  pieceOf,
  textValue,
  unknownFrom,
  type Value,
  value,
} from './value.ts';

/** Methods of texts, lists, dictionaries and paths. */
export function foldMethod(ev: Evaluator, base: Value, name: string, args: CallValues): Value | null {
  if (isPath(base)) return pathMethod(base, name, args);
  switch (name) {
    case 'join':
      return joinedItems(base, first(args));
    case 'format':
      return filled(base, /\{[\w.]*(?:[:!][^{}]{0,20})?\}/, args.positional, args.named);
    case 'replace': {
      const [from, to] = [onlyText(first(args)), onlyText(args.positional[1] ?? NOTHING)];
      return from === null || to === null || from === '' ? null : mapTexts(base, (text) => text.replaceAll(from, to));
    }
    case 'split': {
      const [text, by] = [onlyText(base), onlyText(first(args))];
      if (text === null) return pieceOf(base);
      const parts = by === null || by === '' ? text.trim().split(/\s+/) : text.split(by);
      return parts.length > 1024 ? null : value({ items: parts.map((part) => textValue(part)), origins: base.origins });
    }
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return args.positional.length > 0 ? null : mapTexts(base, (text) => text.trim());
    case 'lower':
      return mapTexts(base, (text) => text.toLowerCase());
    case 'upper':
      return mapTexts(base, (text) => text.toUpperCase());
    case 'encode':
    case 'decode':
      return base.texts.length > 0 && base.refs.length === 0 ? mapTexts(base, (text) => text) : null;
    case 'get':
    case 'pop': {
      const fallback = args.positional[1];
      const isEntry =
        base.fields !== null || base.origins.some((origin) => origin.kind === 'parameter' && origin.name === '');
      if (!isEntry) return null;
      const found = entry(ev, base, first(args), args.node.from);
      return fallback === undefined ? found : join([found, fallback]);
    }
    case 'partition':
    case 'rpartition':
    case 'rsplit':
    case 'removeprefix':
      return pieceOf(base);
    case 'hexdigest':
    case 'digest':
    case 'isdigit':
    case 'startswith':
    case 'endswith':
    case 'exists':
      return unknownFrom([]);
    default:
      return null;
  }
}

function joinedItems(separator: Value, list: Value): Value | null {
  const between = onlyText(separator);
  const parts = list.items?.map(onlyText);
  if (between === null || parts === undefined || parts.length > 65_536) return null;
  if (parts.every((part) => part !== null)) {
    return textValue(parts.join(between), { assembled: true, origins: deepOrigins(list) });
  }
  return value({
    texts: [parts.map((part) => part ?? HOLE).join(between)],
    origins: deepOrigins(list),
    assembled: true,
  });
}

function pathMethod(base: Value, name: string, args: CallValues): Value | null {
  switch (name) {
    case 'joinpath':
      return joined([base, ...args.positional]);
    case 'expanduser':
    case 'resolve':
    case 'absolute':
      return base;
    case 'with_name':
      return joined([pathValue(base.texts.map(parentOf), base.origins), first(args)]);
    case 'with_suffix':
      return pathValue(
        base.texts.map((text) => text.replace(/\.[^./]*$/, '') + (onlyText(first(args)) ?? HOLE)),
        base.origins,
      );
    case 'as_posix':
    case '__str__':
      return { ...base, refs: [] };
    case 'exists':
    case 'is_file':
    case 'is_dir':
      return unknownFrom([]);
    case 'glob':
    case 'rglob':
    case 'iterdir':
      return value({
        items: [
          pathValue(
            base.texts.map((text) => joinPaths([text, HOLE])),
            base.origins,
          ),
        ],
      });
    default:
      return null;
  }
}
