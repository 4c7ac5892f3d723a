import { decodeBase64, decodeBytes, decodeHex } from '../code/decode.ts';
import { HOLE } from '../code/value.ts';
import type { CallValues, Evaluator } from './evaluate.ts';
import { first, isNumber, joined, parentOf, pathValue, textsOf, variable } from './fold.ts';
import type { Scope } from './scopes.ts';
import {
  deepOrigins,
  join,
  joinOrigins,
  mapTexts,
  NOTHING,
  onlyText,
  pieceOf,
  refValue,
  textValue,
  unknownFrom,
  type Value,
  value,
} from './value.ts';

type Fold = (ev: Evaluator, args: CallValues, scope: Scope) => Value | null;

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
