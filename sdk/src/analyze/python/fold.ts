import { decodeBase64, decodeBytes, decodeHex } from '../code/decode.ts';
import { dirname, joinPaths, resolvePaths } from '../code/paths.ts';
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
  refValue,
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

function pathValue(texts: readonly string[], origins: readonly Origin[]): Value {
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

function isNumber(text: string): boolean {
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
function filled(template: Value, mark: RegExp, parts: readonly Value[], named?: ReadonlyMap<string, Value>): Value {
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

function joined(parts: readonly Value[]): Value {
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

function textsOf(base: Value | undefined): readonly string[] {
  return base === undefined || base.texts.length === 0 ? [HOLE] : base.texts;
}

/** Attributes of paths; null for everything else. */
export function foldMember(base: Value, name: string): Value | null {
  if (!isPath(base)) return null;
  if (name === 'parent') return pathValue(base.texts.map(parentOf), base.origins);
  if (name === 'name' || name === 'stem') return mapTexts(base, (text) => text.slice(text.lastIndexOf('/') + 1));
  return null;
}

function parentOf(path: string): string {
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

type Fold = (ev: Evaluator, args: CallValues, scope: Scope) => Value | null;

const first = (args: CallValues): Value => args.positional[0] ?? NOTHING;

/** Decodes a text; that it went through a decoder is remembered, whether it can be read or not. */
function decoded(args: CallValues, decode: (text: string) => string | null): Value {
  const base = first(args);
  const origins = joinOrigins([base.origins, [{ kind: 'decoded', name: '', offset: args.node.from }]]);
  return mapTexts(base, (text) => (text.includes(HOLE) ? null : decode(text.trim())), { origins });
}

const bytesOf = (base: Value): string | null => {
  const items = base.items?.map((item) => Number(onlyText(item) ?? Number.NaN));
  return items === undefined ? null : decodeBytes(items);
};

const opaque: Fold = (_, args) => decoded(args, () => null);
const same: Fold = (_, args) => first(args);
const path: Fold = (_, args) => (args.positional.length === 0 ? pathValue(['.'], []) : joined(args.positional));
const machine: Fold = (ev, { node }) =>
  unknownFrom([{ kind: 'machine', name: ev.textOf(node).slice(0, 40).replace(/\s+/g, ' '), offset: node.from }]);
const plain: Fold = () => unknownFrom([]);
const variableCall: Fold = (_, args) => {
  const found = variable(first(args), args.node.from);
  const fallback = args.positional[1] ?? args.named.get('default');
  return fallback === undefined || found.origins.length === 0 ? found : join([found, fallback]);
};
const getAttribute: Fold = (ev, args) => {
  const name = args.positional[1];
  const known = name === undefined ? null : onlyText(name);
  if (known !== null) return { ...ev.attribute(first(args), known), assembled: true };
  return value({ refs: first(args).refs.map((ref) => `${ref}.*`), origins: name?.origins ?? [], assembled: true });
};
const loadModule: Fold = (_, args) => {
  const name = onlyText(first(args));
  return name === null ? null : { ...refValue(name), assembled: first(args).assembled };
};

const CALLS = new Map<string, Fold>();
function add(fold: Fold, names: string): void {
  for (const name of names.split(' ')) CALLS.set(name, fold);
}

add(
  (_, args) => decoded(args, decodeBase64),
  'base64.b64decode base64.urlsafe_b64decode base64.standard_b64decode base64.decodebytes binascii.a2b_base64',
);
add(
  (_, args) => decoded(args, decodeHex),
  'bytes.fromhex bytearray.fromhex binascii.unhexlify binascii.a2b_hex base64.b16decode',
);
add(
  opaque,
  'base64.b32decode base64.b85decode base64.a85decode zlib.decompress gzip.decompress bz2.decompress lzma.decompress marshal.loads',
);
add(
  (_, args) =>
    /rot/.test(onlyText(args.positional[1] ?? NOTHING) ?? '') ? decoded(args, rot13) : opaque(_, args, null as never),
  'codecs.decode',
);
add(
  (_, args) =>
    mapTexts(first(args), (text) =>
      isNumber(text) ? String.fromCodePoint(Math.min(0x10ffff, Math.abs(Number(text)))) : null,
    ),
  'chr',
);
add((_, args) => mapTexts(first(args), (text) => (text.length > 0 ? String(text.codePointAt(0)) : null)), 'ord');
add((_, args) => {
  const text = bytesOf(first(args));
  return text === null
    ? unknownFrom(deepOrigins(first(args)))
    : textValue(text, { assembled: true, origins: deepOrigins(first(args)) });
}, 'bytes bytearray');
add((_, args) => (args.positional.length === 0 ? textValue('') : { ...first(args), refs: [] }), 'str');
add(
  same,
  'os.path.expanduser os.path.expandvars os.path.abspath os.path.realpath os.path.normpath os.fspath list tuple iter reversed sorted copy.copy copy.deepcopy typing.cast',
);
add((ev, args) => unknownFrom(ev.originsOf(first(args), args.node.from)), 'dict set');
add((_, args) => joinedText(args), 'os.path.join posixpath.join');
add((_, args) => mapTexts(first(args), parentOf), 'os.path.dirname');
add((_, args) => mapTexts(first(args), (text) => text.slice(text.lastIndexOf('/') + 1)), 'os.path.basename');
add(path, 'pathlib.Path pathlib.PurePath pathlib.PosixPath');
add(() => pathValue(['~'], []), 'pathlib.Path.home');
add(() => pathValue(['.'], []), 'pathlib.Path.cwd');
add(() => textValue('.'), 'os.getcwd');
add(() => textValue('/tmp'), 'tempfile.gettempdir');
add(
  machine,
  'socket.gethostname socket.getfqdn getpass.getuser os.getlogin platform.node platform.platform platform.uname os.uname uuid.getnode platform.system platform.machine',
);
add(
  plain,
  'len int float bool isinstance hasattr range print id round sum abs min max type callable issubclass time.time os.path.exists os.path.isfile os.path.isdir',
);
add(
  (ev, args) => plain(ev, args, null as never),
  'hashlib.sha256 hashlib.md5 hashlib.sha1 hashlib.sha512 hashlib.new hmac.new',
);
add(variableCall, 'os.getenv os.environ.get os.environ.pop os.environ.setdefault');
add(
  (ev, args) => environment(ev, args),
  'os.environ.copy os.environ.items os.environ.keys os.environ.values os.environ.__str__',
);
add((_, args) => pieceOf(args.positional[1] ?? NOTHING), 're.search re.match re.fullmatch re.findall re.split');
add(getAttribute, 'getattr');
add(loadModule, '__import__ importlib.import_module importlib.__import__');
add(() => refValue('globals()'), 'globals locals');
add(
  (_, args) =>
    args.positional.length === 0
      ? refValue('globals()')
      : { ...first(args), refs: first(args).refs.map((ref) => `${ref}.__dict__`) },
  'vars',
);
add((ev, args) => mapped(ev, args), 'map');
add((_, args) => filledQuote(args), 'shlex.quote');

function environment(_: Evaluator, { node }: CallValues): Value {
  return unknownFrom([{ kind: 'environment', name: '*', offset: node.from }]);
}

/** A quoted text is no command any more, whoever wrote it. */
function filledQuote(args: CallValues): Value {
  return value({
    texts: textsOf(first(args)),
    origins: first(args).origins.filter(({ kind }) => kind !== 'parameter'),
  });
}

function joinedText(args: CallValues): Value {
  return { ...joined(args.positional), refs: [] };
}

/** `map(chr, list)`. */
function mapped(ev: Evaluator, args: CallValues): Value {
  const over = args.positional[1] ?? NOTHING;
  const fold = CALLS.get(first(args).refs[0] ?? '');
  if (fold === undefined || over.items === null) return unknownFrom(ev.originsOf(over, args.node.from));
  const items = over.items.map((item) => fold(ev, { ...args, positional: [item] }, null as never) ?? unknownFrom([]));
  return value({ items, origins: over.origins });
}

function rot13(text: string): string {
  return text.replace(/[A-Za-z]/g, (char) => {
    const base = char <= 'Z' ? 65 : 97;
    return String.fromCharCode(((char.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** What a well-known function gives, where it can be worked out; else null. */
export function foldCall(ev: Evaluator, ref: string, args: CallValues, scope: Scope): Value | null {
  return CALLS.get(ref.replace(/^(builtins|__builtins__)\./, ''))?.(ev, args, scope) ?? null;
}

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
