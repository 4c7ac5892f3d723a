import { PACKAGE } from '../../analyze/code/paths.ts';
import { isHarmlessVariable } from '../../analyze/declared.ts';
import type { PackageFacts } from '../../analyze/facts.ts';
import type { ShellText } from '../../analyze/shell-text.ts';
import { shellHosts } from '../../analyze/text/shell-hosts.ts';
import { asMapping } from '../../field-errors.ts';
import { parseHost } from '../../hosts.ts';
import { PERMISSION_ENTRIES_MAX, PORTS_MAX } from '../../limits.ts';
import { filePathComplaint, variableComplaint } from '../../manifest-rules.ts';
import type { FrontMatter } from './front-matter.ts';

/** A line of the skill that asks for something: `scripts/a.py:12`. */
type Place = string;

/** What a skill asks for, each with the lines that ask. Ready to be declared, or told why it cannot be. */
export interface Asked {
  /** Keyed by host; the ports with what asks for each. */
  network: Map<string, { ports: Set<number>; places: Place[] }>;
  read: Map<string, Place[]>;
  write: Map<string, Place[]>;
  /** Named by the skill as needed. */
  required: Map<string, Place[]>;
  optional: Map<string, Place[]>;
  shell: Place[];
  /** What a person has to decide: words, with the lines. */
  open: Map<string, Place[]>;
}

/** Places of one permission that are named; more of them say nothing new. */
const PLACES_MAX = 3;

/**
 * Collects what a package asks for: what its code does by the analyzer's events, what its instructions tell an agent to
 * fetch, and what its front matter says that it requires.
 */
export function collectAsked(facts: PackageFacts, front: FrontMatter): Asked {
  const asked: Asked = {
    network: new Map(),
    read: new Map(),
    write: new Map(),
    required: new Map(),
    optional: new Map(),
    shell: [],
    open: new Map(),
  };
  fromFrontMatter(asked, front);
  for (const { kind, values, complete, at } of facts.events) {
    const place = at === undefined ? 'SKILL.md:1' : `${at.file}:${at.line}`;
    for (const value of values) {
      if (kind === 'net') addHost(asked, value, place);
      else if (kind === 'fs.read' || kind === 'fs.write') addPath(asked, kind, value, { place, own: facts.paths });
      else if (kind === 'env') addVariable(asked, value, place);
    }
    if (kind === 'exec') addOnce(asked.shell, place);
    else if (!complete) addTo(asked.open, UNRESOLVED[kind], place);
  }
  for (const shell of facts.shells) if (shell.origin === 'fence' || shell.origin === 'inline') fromWords(asked, shell);
  for (const { file, reason } of facts.unseen) addTo(asked.open, `not analysed: ${reason}`, `${file}:1`);
  return asked;
}

const UNRESOLVED = {
  net: 'reaches a host that is only known when it runs',
  'fs.read': 'reads a path that is only known when it runs',
  'fs.write': 'writes a path that is only known when it runs',
  env: 'reads an environment variable whose name is only known when it runs',
} as const;

/** ClawHub's `metadata.openclaw.requires` (or under its older names). */
function fromFrontMatter(asked: Asked, { value, lineOf }: FrontMatter): void {
  const metadata = asMapping(value.metadata);
  for (const key of ['openclaw', 'clawdbot', 'clawdis', 'moltbot']) {
    const requires = asMapping(asMapping(metadata[key]).requires);
    const place = (field: string) => `SKILL.md:${lineOf(['metadata', key, 'requires', field])}`;
    for (const name of texts(requires.env)) {
      if (variableComplaint(name) === null) addTo(asked.required, name, place('env'));
      else addTo(asked.open, `needs the variable ${name}, which cannot be declared`, place('env'));
    }
    for (const field of ['bins', 'anyBins']) {
      const bins = texts(requires[field]);
      if (bins.length > 0) addOnce(asked.shell, place(field));
    }
  }
}

/** Instructions that make an agent fetch something, and the variables that they name for it. */
function fromWords(asked: Asked, shell: ShellText): void {
  if (shell.isWarnedOf) return;
  for (const { value, offset } of shellHosts(shell.text)) {
    const { file, line } = shell.place(offset);
    if (value === null) addTo(asked.open, 'tells to fetch from a host that is not written out', `${file}:${line}`);
    else addHost(asked, value, `${file}:${line}`);
  }
  if (shell.origin !== 'fence') return;
  for (const match of shell.text.matchAll(/\$\{?([A-Z][A-Z0-9_]{2,63})\b/g)) {
    const { file, line } = shell.place(match.index);
    const [, name = ''] = match;
    // A variable that the text sets itself is its own.
    if (new RegExp(`(?:^|[\\s;(])${name}=(?!["']?(?:your|<|\\.\\.\\.|xxx|\\$\\{?${name}))`, 'i').test(shell.text))
      continue;
    addVariable(asked, name, `${file}:${line}`);
  }
}

function addHost(asked: Asked, value: string, place: Place): void {
  const at = value.lastIndexOf(':');
  const port = Number(value.slice(at + 1));
  const parsed = parseHost(value.slice(0, at));
  if (parsed.host !== null && EXAMPLE_HOST.test(parsed.host)) {
    addTo(asked.open, `reaches ${value}, a name for examples: declare the host that is meant`, place);
    return;
  }
  const why = value.includes('…') ? 'it is only known in part' : (parsed.complaint?.detail ?? null);
  if (parsed.host === null || why !== null || !(port >= 1 && port <= 65535)) {
    addTo(asked.open, `reaches ${value}, which cannot be declared: ${why ?? 'the port is none'}`, place);
    return;
  }
  const known = asked.network.get(parsed.host);
  if (known === undefined && asked.network.size >= PERMISSION_ENTRIES_MAX) {
    addTo(asked.open, TOO_MANY, place);
    return;
  }
  const entry = known ?? { ports: new Set(), places: [] };
  // A look-up by name needs no port of its own.
  if (entry.ports.size < PORTS_MAX) entry.ports.add(port === 53 ? 443 : port);
  addOnce(entry.places, place);
  asked.network.set(parsed.host, entry);
}

/** Names that stand for any (RFC 2606). */
const EXAMPLE_HOST = /(?:^|\.)example\.(?:com|org|net)$/;
const TOO_MANY = 'asks for more than a manifest may hold: merge, or split the skill';

function addPath(
  asked: Asked,
  kind: 'fs.read' | 'fs.write',
  value: string,
  { place, own }: { place: Place; own: ReadonlySet<string> },
): void {
  // What lies in the package is readable anyway.
  if (kind === 'fs.read' && (value.startsWith(PACKAGE) || own.has(value.replace(/^\.\//, '')))) return;
  // `/tmp/run-` is the beginning of a name that the system ends.
  const known = /[-_]$/.test(value) ? value.length : value.indexOf('…');
  const folder = known === -1 ? null : value.slice(0, value.lastIndexOf('/', known) + 1);
  const path = folder === null ? value.replace(/^\.\//, '').replace(/\/$/, '/**') : `${folder}**`;
  const list = kind === 'fs.read' ? asked.read : asked.write;
  if (filePathComplaint(path) !== null || path === '**' || value.startsWith(PACKAGE)) {
    const verb = kind === 'fs.read' ? 'reads' : 'writes';
    addTo(asked.open, `${verb} ${value}, which cannot be declared as it is`, place);
    return;
  }
  addTo(list.has(path) || list.size < PERMISSION_ENTRIES_MAX ? list : asked.open, path, place);
}

function addVariable(asked: Asked, name: string, place: Place): void {
  if (name === '*' || isHarmlessVariable(name)) return;
  if (variableComplaint(name) !== null) {
    addTo(asked.open, `reads the variable ${name}, which cannot be declared`, place);
    return;
  }
  const list = asked.required.has(name) ? asked.required : asked.optional;
  addTo(list.has(name) || list.size < PERMISSION_ENTRIES_MAX ? list : asked.open, name, place);
}

function addTo(map: Map<string, Place[]>, key: string, place: Place): void {
  const places = map.get(key) ?? [];
  addOnce(places, place);
  map.set(key, places);
}

function addOnce(places: Place[], place: Place): void {
  if (!places.includes(place)) places.push(place);
}

/** The first lines that ask, in one comment. */
export function spellPlaces(places: readonly Place[]): string {
  const more = places.length - PLACES_MAX;
  return `${places.slice(0, PLACES_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
