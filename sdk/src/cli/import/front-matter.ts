import { asMapping, type FieldPath } from '../../field-errors.ts';
import { readYaml } from '../../yaml-source.ts';

/** What a `SKILL.md` says of itself. Lines count from 1 in the whole file. */
export interface FrontMatter {
  /** Everything in it; empty when it cannot be read as YAML. */
  value: Record<string, unknown>;
  name: string;
  description: string;
  /** True when it can be read as it stands. */
  isSound: boolean;
  lineOf(path: FieldPath): number;
}

const FRONT_MATTER = /^\uFEFF?---[ \t]*\r?\n(.*?)(?:\r?\n)---[ \t]*(?:\r?\n|$)/s;

/**
 * Reads the front matter as agents do: strictly where it is YAML, else line by line, because agents also take a
 * description with a colon in it. Never throws.
 */
export function readFrontMatter(text: string): FrontMatter {
  const source = FRONT_MATTER.exec(text)?.[1];
  if (source === undefined) return { ...NOTHING, description: firstParagraph(text) };
  const { value, errors, placeOf } = readYaml(`${source}\n`);
  const isSound = errors.length === 0;
  const read = isSound ? asMapping(value) : {};
  const said = (key: string): string => {
    const found = read[key];
    if (typeof found === 'string') return found.trim();
    return isSound ? '' : lineValue(source, key);
  };
  const description = said('description');
  return {
    value: read,
    name: said('name'),
    description: description === '' ? firstParagraph(text) : description,
    isSound,
    // The first line of the file is the hyphens.
    lineOf: (path) => (isSound ? placeOf(path, 'value').line + 1 : 1),
  };
}

const NOTHING: Omit<FrontMatter, 'description'> = { value: {}, name: '', isSound: false, lineOf: () => 1 };

/** The value of `key: …` in broken YAML, with the lines that go on below it. */
function lineValue(source: string, key: string): string {
  const lines = source.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith(`${key}:`));
  if (at === -1) return '';
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => /^\S/.test(line));
  const parts = [(lines[at] ?? '').slice(key.length + 1), ...below.slice(0, end === -1 ? below.length : end)];
  const joined = parts
    .map((part) => part.trim())
    .join(' ')
    .trim();
  return joined.replace(/^[|>][+-]?\s+/, '').replace(/^(["'])(.*)\1$/, '$2');
}

/** For a file that does not say what it is for: its first paragraph. */
function firstParagraph(text: string): string {
  const body = text.replace(FRONT_MATTER, '');
  const lines = body.split(/\r?\n/).map((line) => line.trim());
  const at = lines.findIndex((line) => /^[\p{L}\p{N}]/u.test(line));
  if (at === -1) return '';
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => /^(?:$|#|>|\||```|~~~|[-*+] |\d+[.)] )/.test(line));
  return [lines[at], ...below.slice(0, end === -1 ? below.length : end)].join(' ');
}

/**
 * The same file with this name and description in its front matter, everything else as it was; where the rest cannot be
 * read, its lines stay as comments.
 */
export function mendFrontMatter(text: string, fields: { name: string; description: string }): string {
  const head = `name: ${JSON.stringify(fields.name)}\ndescription: ${JSON.stringify(fields.description)}\n`;
  const source = FRONT_MATTER.exec(text)?.[1];
  if (source === undefined) return `---\n${head}---\n\n${text.replace(/^\uFEFF/, '')}`;
  const rest = withoutFields(source);
  const isReadable = readYaml(`${head}${rest}\n`).errors.length === 0;
  const kept = isReadable ? rest : rest.replace(/^(?=.)/gm, '# ');
  const body = text.replace(FRONT_MATTER, '');
  return `---\n${head}${kept === '' ? '' : `${kept}\n`}---\n${body}`;
}

/** The lines of the front matter without the two fields and what belongs to them. */
function withoutFields(source: string): string {
  const kept: string[] = [];
  let isDropping = false;
  for (const line of source.split(/\r?\n/)) {
    if (/^\S/.test(line)) isDropping = /^(?:name|description)\s*:/.test(line);
    if (!isDropping) kept.push(line);
  }
  return kept.join('\n');
}
