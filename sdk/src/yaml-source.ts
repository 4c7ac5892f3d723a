import { Composer, CST, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, Parser, type Scalar } from 'yaml';
import { type FieldPath, pointerOf, type ShapeError, show } from './field-errors.ts';
import { MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX } from './limits.ts';

/** Where something stands in a text; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A YAML text as a JSON value that knows where each of its parts stands. */
export interface YamlSource {
  /** Undefined when an error made the text unreadable. */
  value: unknown;
  errors: (ShapeError & { place: Place })[];
  /** The place of the key or the value; of the nearest part above it when that part is missing. */
  placeOf(path: FieldPath, at: 'key' | 'value'): Place;
}

/** A text with more mistakes than this is not YAML; the first ones say so. */
const ERRORS_MAX = 20;

/**
 * Reads one YAML 1.2 document of plain maps, lists and scalars. Anchors, aliases, tags, directives and merge keys are
 * refused, because they make a text mean something else than what it shows; so are texts above MANIFEST_BYTES_MAX and
 * nesting beyond MANIFEST_DEPTH_MAX, before any of it is built. Never throws.
 */
export function readYaml(source: string): YamlSource {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const places = new Map<string, Offsets>([['', { key: 0, value: 0 }]]);
  const errors: YamlSource['errors'] = [];
  const report: Report = (offset, complaint, path = []) => {
    const { line, col } = lines.linePos(offset);
    // One slip makes the library complain several times in the same words.
    const isKnown = errors.some(
      ({ detail, place }) => detail === complaint.detail && place.line === line && place.column === col,
    );
    if (!isKnown && errors.length < ERRORS_MAX)
      errors.push({ path, at: 'value', ...complaint, place: { line, column: col } });
  };
  const tokens = tokenize(source, lines, report);
  const value = errors.length > 0 ? undefined : compose(tokens, { places, report });
  const placeOf = (path: FieldPath, at: 'key' | 'value'): Place => {
    const found = places.get(pointerOf(path));
    if (found === undefined) return placeOf(path.slice(0, -1), 'key');
    const { line, col } = lines.linePos(found[at]);
    return { line, column: col };
  };
  return { value, errors, placeOf };
}

interface Offsets {
  key: number;
  value: number;
}
type Report = (offset: number, complaint: { detail: string; fix: string }, path?: FieldPath) => void;

/** What the first character of a token, outside of a scalar, makes it. */
const REFUSED: Record<string, { detail: string; fix: string }> = {
  '&': { detail: 'An anchor (&) is not allowed', fix: 'Write the value itself.' },
  '*': { detail: 'An alias (*) is not allowed', fix: 'Write the value itself; quote a text that starts with *.' },
  '!': { detail: 'A tag (!) is not allowed', fix: 'Remove it; quote a text that starts with !.' },
  '%': { detail: 'A directive (%) is not allowed', fix: 'Remove the line.' },
};

/** The tokens of the text; stops at the first sign of a bomb, so that its cost stays that of its beginning. */
function tokenize(source: string, lines: LineCounter, report: Report): CST.Token[] {
  const bytes = new TextEncoder().encode(source).length;
  if (bytes > MANIFEST_BYTES_MAX) {
    report(0, { detail: `The text has ${bytes} bytes; wanted at most ${MANIFEST_BYTES_MAX}`, fix: 'Shorten it.' });
    return [];
  }
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  let mistakes = 0;
  let previous = '';
  for (const lexeme of new Lexer().lex(source)) {
    const refused = previous === CST.SCALAR ? undefined : REFUSED[lexeme.charAt(0)];
    if (refused !== undefined) {
      report(parser.offset, refused);
      mistakes++;
    }
    // The stack holds the document and the token at its top besides the maps and lists.
    if (parser.stack.length > MANIFEST_DEPTH_MAX + 2) {
      report(parser.offset, { detail: `Nested deeper than ${MANIFEST_DEPTH_MAX} levels`, fix: 'Flatten it.' });
      return [];
    }
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') mistakes++;
      tokens.push(token);
    }
    if (mistakes > ERRORS_MAX) break;
    previous = lexeme;
  }
  tokens.push(...parser.end());
  return tokens;
}

function compose(tokens: CST.Token[], { places, report }: { places: Map<string, Offsets>; report: Report }): unknown {
  // Keys are compared by `build`: the library compares each with each.
  const options = { schema: 'core', stringKeys: true, uniqueKeys: false, prettyErrors: false } as const;
  const [document, second] = new Composer(options).compose(tokens, true);
  const broken = document?.errors ?? [];
  for (const { message, pos } of broken) {
    report(pos[0], { detail: `Not valid YAML: ${message}`, fix: 'Correct the line; mind its indentation.' });
  }
  if (second !== undefined) {
    report(second.range[0], { detail: 'A second document (---) follows', fix: 'Keep one document.' });
  }
  const isReadable = broken.length === 0 && second === undefined;
  return isReadable ? build(document?.contents ?? null, [], { places, report }) : undefined;
}

/** The plain value of a node. Its depth is bounded by `tokenize`. */
function build(node: unknown, path: FieldPath, into: { places: Map<string, Offsets>; report: Report }): unknown {
  if (isSeq<Node>(node)) {
    return node.items.map((item, index) => {
      const at = item.range?.[0] ?? 0;
      into.places.set(pointerOf([...path, index]), { key: at, value: at });
      return build(item, [...path, index], into);
    });
  }
  if (!isMap<Scalar<string>, Node | null>(node)) return isScalar(node) ? node.value : null;
  const entries = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    const inside = [...path, key.value];
    const [start, end] = key.range ?? [0, 0];
    if (entries.has(key.value)) {
      into.report(start, { detail: `The key ${show(key.value)} is there twice`, fix: 'Keep one of them.' }, inside);
      continue;
    }
    into.places.set(pointerOf(inside), { key: start, value: value?.range?.[0] ?? end });
    entries.set(key.value, build(value, inside, into));
  }
  return Object.fromEntries(entries);
}
