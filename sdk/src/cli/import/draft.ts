import { collectFacts } from '../../analyze/collect.ts';
import type { PackageFile } from '../../archive.ts';
import type { FieldError } from '../../errors.ts';
import { asMapping } from '../../field-errors.ts';
import { DESCRIPTION_LENGTH_MAX, LINE_LENGTH_MAX, SKILL_NAME_LENGTH_MAX } from '../../limits.ts';
import { checkPackage } from '../../manifest.ts';
import { skillNameComplaint, versionComplaint } from '../../manifest-rules.ts';
import type { SkillManifest } from '../../types.ts';
import { textOf } from '../skill-folder.ts';
import { type Asked, collectAsked, spellPlaces } from './asked.ts';
import { type FrontMatter, mendFrontMatter, readFrontMatter } from './front-matter.ts';

/** What `aegis import` would write into one folder. */
export interface Draft {
  /** The text of `manifest.yaml`. */
  text: string;
  /** The same, read; null when it does not hold, and then `errors` says why. */
  manifest: SkillManifest | null;
  errors: FieldError[];
  /** The text of `SKILL.md` with another name or description; null when it stays as it is. */
  skillFile: string | null;
  /** What was changed or could not be taken over, in words. */
  notes: string[];
  /** How many things are left for a person to decide. */
  open: number;
}

const VERSION_DEFAULT = '1.0.0';

/**
 * Drafts the manifest of an Agent Skills folder: name, version and description of its `SKILL.md`, and each permission with
 * the lines that ask for it. Pure. @param folderName stands in where the skill has no usable name
 */
export function draftManifest(files: readonly PackageFile[], folderName: string): Draft {
  const skillText = textOf(files, 'SKILL.md') ?? '';
  const front = readFrontMatter(skillText);
  const notes: string[] = [];
  const name = nameOf(front, folderName);
  const description = descriptionOf(front, name);
  if (front.name === '') notes.push(`SKILL.md had no name; now ${name}`);
  else if (front.name !== name) notes.push(`SKILL.md has the name ${JSON.stringify(front.name)}; now ${name}`);
  if (!front.isSound) notes.push('SKILL.md had no front matter that is YAML; mended');
  if (front.description.length > DESCRIPTION_LENGTH_MAX)
    notes.push(`the description had ${front.description.length} characters; cut to ${DESCRIPTION_LENGTH_MAX}`);
  if (front.isSound && folded(front.value.description) === '')
    notes.push('SKILL.md had no description; its first words');
  const isSame = front.isSound && front.name === name && folded(front.value.description) === folded(description);
  const skillFile = isSame ? null : mendFrontMatter(skillText, { name, description });
  const { facts } = collectFacts({ files, manifest: null, problems: [] });
  const asked = collectAsked(facts, front);
  const text = spellManifest({ name, description, ...more(front) }, asked);
  const { manifest, errors } = checkPackage(withTexts(files, { 'manifest.yaml': text, 'SKILL.md': skillFile }));
  return { text, manifest, errors, skillFile, notes, open: asked.open.size };
}

/** The files of a package, some of them with another text. */
export function withTexts(files: readonly PackageFile[], texts: Record<string, string | null>): PackageFile[] {
  const changed = Object.entries(texts).flatMap(([path, text]): PackageFile[] =>
    text === null ? [] : [{ path, bytes: new TextEncoder().encode(text), mode: '0644' }],
  );
  const paths = new Set(changed.map(({ path }) => path));
  return [...files.filter(({ path }) => !paths.has(path)), ...changed].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nameOf(front: FrontMatter, folderName: string): string {
  for (const candidate of [front.name, slug(front.name), slug(folderName)]) {
    if (skillNameComplaint(candidate) === null) return candidate;
  }
  return 'imported-skill';
}

/** `Reachy Mini!` → `reachy-mini`. */
function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return plain.replace(/^-+/, '').slice(0, SKILL_NAME_LENGTH_MAX).replace(/-+$/, '');
}

function descriptionOf(front: FrontMatter, name: string): string {
  const said = oneLine(front.description);
  if (said === '') return `The skill ${name}`;
  if (said.length <= DESCRIPTION_LENGTH_MAX) return said;
  return `${said.slice(0, DESCRIPTION_LENGTH_MAX - 1).replace(/\p{Cs}$/u, '')}…`;
}

/** Without line breaks, and without characters that a person does not see. */
function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, (character) => (character === '\u200d' ? character : ''))
    .trim();
}

function folded(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFC').replace(/\s+/g, ' ').trim() : '';
}

interface Heading {
  name: string;
  description: string;
  version: string;
  author: string | null;
  license: string | null;
}

/** What authors write beside name and description, at the top or under `metadata`. */
function more({ value }: FrontMatter): Omit<Heading, 'name' | 'description'> {
  const metadata = asMapping(value.metadata);
  const line = (key: string): string | null => {
    const found = value[key] ?? metadata[key];
    const text = typeof found === 'string' ? oneLine(found) : '';
    return text === '' || text.length > LINE_LENGTH_MAX ? null : text;
  };
  const version = String(value.version ?? metadata.version ?? '').trim();
  return { version: semantic(version), author: line('author'), license: line('license') };
}

/** `2.1` → `2.1.0`, `v1` → `1.0.0`; what is no version at all starts at 1.0.0. */
function semantic(text: string): string {
  if (versionComplaint(text) === null) return text;
  const [, major, minor = '0', patch = '0'] = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/i.exec(text) ?? [];
  return major === undefined ? VERSION_DEFAULT : [major, minor, patch].map(Number).join('.');
}

function spellManifest(heading: Heading, asked: Asked): string {
  const field = (key: 'author' | 'license') =>
    heading[key] === null ? [] : [`${key}: ${JSON.stringify(heading[key])}`];
  return [
    '# Drafted by `aegis import`. Each permission names the lines that ask for it: keep what the skill needs, delete the rest.',
    '# What is not declared here is denied.',
    `name: ${JSON.stringify(heading.name)}`,
    `version: ${JSON.stringify(heading.version)}`,
    `description: ${JSON.stringify(heading.description)}`,
    ...field('author'),
    ...field('license'),
    '',
    ...openLines(asked.open),
    'permissions:',
    ...list('  network:', networkLines(asked.network)),
    '  files:',
    ...list('    read:', itemLines('      ', asked.read)),
    ...list('    write:', itemLines('      ', asked.write)),
    '  environment:',
    ...list('    required:', itemLines('      ', asked.required)),
    ...list('    optional:', itemLines('      ', asked.optional)),
    ...(asked.shell.length === 0 ? [] : [`  # ${spellPlaces(asked.shell)}`]),
    `  shell: ${asked.shell.length > 0}`,
    '',
    '# Programs of this skill that an agent may call by name and check by schema; empty: it is read, not called.',
    'tools: []',
    '',
  ].join('\n');
}

/** An empty list stays on its line. */
function list(key: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${key} []`] : [key, ...lines];
}

function itemLines(indent: string, items: Asked['read']): string[] {
  return sorted(items).flatMap(([item, places]) => [
    `${indent}# ${spellPlaces(places)}`,
    `${indent}- ${JSON.stringify(item)}`,
  ]);
}

function networkLines(network: Asked['network']): string[] {
  return sorted(network).flatMap(([host, { ports, places }]) => {
    const lines: string[] = [];
    const tls = [...ports].filter((port) => port !== 80).sort((a, b) => a - b);
    if (tls.length > 0) {
      lines.push(`    # ${spellPlaces(places)}`, `    - host: ${JSON.stringify(host)}`);
      if (tls.join() !== '443') lines.push(`      ports: [${tls.join(', ')}]`);
    }
    if (ports.has(80)) {
      lines.push(`    # ${spellPlaces(places)}`, `    - host: ${JSON.stringify(host)}`, '      protocol: http');
    }
    return lines;
  });
}

function openLines(open: Asked['open']): string[] {
  if (open.size === 0) return [];
  const lines = sorted(open).map(([what, places]) => `#   ${spellPlaces(places)}: ${oneLine(what)}`);
  return ['# Not resolved. Decide about each of these, then delete the line:', ...lines];
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
