import { z } from 'zod';
import { canonicalBytes, canonicalJson } from './canonical.ts';
import { type Digest, digestOf } from './digest.ts';
import type { FieldError } from './errors.ts';
import { toFieldError } from './field-errors.ts';
import { hostContains } from './hosts.ts';
import { readNetwork } from './network.ts';
import { type DiffLine, diffItems, type Rules } from './permission-diff.ts';
import {
  fileMeaning,
  hostWords,
  isSameTarget,
  networkMeaning,
  type Opening,
  PROTOCOL_WORDS,
  pathWords,
  shellMeaning,
  spellOpening,
  spellVariable,
  type Variable,
  variableMeaning,
} from './permission-words.ts';

/** `tls` is decided by SNI, `http` by the Host header, `tcp` by resolved addresses (backend `networkpolicy` only). */
export const Protocol = z.enum(['tls', 'http', 'tcp']);

/** One destination in its long form. `methods` are compared by analyzer and dry-run and not enforced in a cluster. */
export const NetworkGrant = z
  .object({
    host: z.string().meta({ description: 'Lower-case ASCII name; `*.` one label, `**.` one or more labels' }),
    ports: z.array(z.int().min(1).max(65535)).min(1),
    protocol: Protocol,
    methods: z.array(z.string()).optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'NetworkGrant' });
export type NetworkGrant = z.infer<typeof NetworkGrant>;

/** Everything that a skill may do, in its long form: what a reviewer approves and a cluster enforces. */
export const PermissionBlock = z
  .object({
    network: z.array(NetworkGrant),
    files: z.object({ read: z.array(z.string()), write: z.array(z.string()) }),
    environment: z.object({ required: z.array(z.string()), optional: z.array(z.string()) }),
    shell: z.boolean(),
  })
  .meta({ id: 'PermissionBlock' });
export type PermissionBlock = z.infer<typeof PermissionBlock>;

/** One line of a permission diff. `wider` is risk, `narrower` is none, `same` is folded away. */
export const PermissionChange = z
  .object({
    kind: z.enum(['network', 'files.read', 'files.write', 'environment', 'shell']),
    change: z.enum(['wider', 'narrower', 'same']),
    /** Spelled for people: `api.example.com:443`, `data/**`, `API_KEY`; null where there is nothing. */
    before: z.string().nullable(),
    after: z.string().nullable(),
    /** What the change means, in one sentence. */
    meaning: z.string(),
    /** Where the permission holds. */
    holds: z.enum(['enforced_in_clusters', 'checked_before_approval', 'declared_only']),
  })
  .meta({ id: 'PermissionChange' });
export type PermissionChange = z.infer<typeof PermissionChange>;

/** The block that allows nothing. */
export const NO_PERMISSIONS: PermissionBlock = {
  network: [],
  files: { read: [], write: [] },
  environment: { required: [], optional: [] },
  shell: false,
};

/** One permission in words, for people who read no manifests. */
export interface PermissionWords {
  kind: PermissionChange['kind'];
  text: string;
  holds: PermissionChange['holds'];
}

/** True when a grant allows the host on that port; without `protocol`, by any protocol. The host may be a wildcard. */
export function coversHost(
  grants: readonly NetworkGrant[],
  need: { host: string; port: number; protocol?: 'tls' | 'http' | 'tcp' },
): boolean {
  const host = need.host.toLowerCase().replace(/\.$/, '');
  return grants.some(
    (grant) =>
      (need.protocol === undefined || grant.protocol === need.protocol) &&
      grant.ports.includes(need.port) &&
      hostContains(grant.host, host),
  );
}

/**
 * True when one of the manifest's paths is this path or a folder above it (`data/**` holds `data` too). `.` and `..`
 * are resolved first; what leads out of where it starts is never covered. A relative path is never inside an absolute one.
 */
export function coversPath(globs: readonly string[], path: string): boolean {
  const need = resolvePath(path);
  return need !== null && globs.some((glob) => holdsPath(glob, need));
}

/** True when every permission of `need` is inside `grant`. */
export function covers(grant: PermissionBlock, need: PermissionBlock): boolean {
  const all = <T>(rules: Rules<T>, given: readonly T[], wanted: readonly T[]) =>
    wanted.every((item) => rules.allows(given, item));
  return (
    all(NETWORK, openings(grant), openings(need)) &&
    all(PATHS, grant.files.read, need.files.read) &&
    all(PATHS, grant.files.write, need.files.write) &&
    all(VARIABLES, variables(grant), variables(need)) &&
    (grant.shell || !need.shell)
  );
}

/**
 * What changes from one block to the next, wider first; `before` null for a first version. There is a wider line
 * exactly when `covers(before, after)` is false.
 */
export function diffPermissions(before: PermissionBlock | null, after: PermissionBlock): PermissionChange[] {
  const old = before ?? NO_PERMISSIONS;
  const changes = [
    ...diffItems(shell(old), shell(after), PATHS).map((line) => change('shell', line, spellText, shellMeaning(line))),
    ...diffItems(openings(old), openings(after), NETWORK).map(networkChange),
    ...(['write', 'read'] as const).flatMap((verb) =>
      diffItems(old.files[verb], after.files[verb], PATHS).map((line) =>
        change(`files.${verb}`, line, spellText, fileMeaning(line, verb)),
      ),
    ),
    ...diffItems(variables(old), variables(after), VARIABLES).map((line) =>
      change('environment', line, spellVariable, variableMeaning(line)),
    ),
  ];
  const rank = { wider: 0, narrower: 1, same: 2 };
  return changes.sort((left, right) => rank[left.change] - rank[right.change]);
}

/** What a skill costs, in a few words: `4 hosts, 2 secrets`, `files only`, `nothing`. */
export function reach(block: PermissionBlock): string {
  const count = (items: readonly string[], noun: string) => {
    const number = new Set(items).size;
    return number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`];
  };
  const parts = [
    ...count(
      block.network.map((grant) => grant.host),
      'host',
    ),
    ...count(
      variables(block).map((variable) => variable.name),
      'secret',
    ),
    ...(block.shell ? ['shell'] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return block.files.read.length + block.files.write.length > 0 ? 'files only' : 'nothing';
}

/** The permissions in words, with the place where each one holds; empty when there is none. */
export function describe(block: PermissionBlock): PermissionWords[] {
  const checked = (kind: PermissionChange['kind'], text: string): PermissionWords => ({
    kind,
    text,
    holds: 'checked_before_approval',
  });
  return [
    ...block.network.flatMap(describeGrant),
    ...block.files.write.map((path) => checked('files.write', `Changes and deletes ${pathWords(path)}`)),
    ...block.files.read.map((path) => checked('files.read', `Reads ${pathWords(path)}`)),
    ...variables(block).map((variable) => checked('environment', `Is given ${spellVariable(variable)}`)),
    ...(block.shell ? [checked('shell', 'Starts programs in its sandbox')] : []),
  ];
}

/** sha256 over the RFC 8785 JSON of the block, sorted first: the order of a list never changes what is approved. */
export async function permissionsDigest(block: PermissionBlock): Promise<Digest> {
  return digestOf(canonicalBytes(sortPermissions(block)));
}

/** The same permissions with every list sorted and without repetitions. */
export function sortPermissions(block: PermissionBlock): PermissionBlock {
  const grants = new Map(block.network.map((grant) => [canonicalJson(grant), grant]));
  const byText = ([left]: [string, unknown], [right]: [string, unknown]) => (left < right ? -1 : 1);
  return {
    network: [...grants].sort(byText).map(([, grant]) => grant),
    files: { read: sortTexts(block.files.read), write: sortTexts(block.files.write) },
    environment: {
      required: sortTexts(block.environment.required),
      optional: sortTexts(block.environment.optional),
    },
    shell: block.shell,
  };
}

/**
 * A list of network permissions as a manifest spells them (`"api.example.com"`, `{host, ports, …}`) in its long form.
 * With an error there are no grants. Serves the base permissions of agents; pointers start at the list.
 */
export function normaliseNetwork(input: unknown[]): { grants: NetworkGrant[]; errors: FieldError[] } {
  const { grants, errors } = readNetwork(input);
  return { grants: grants ?? [], errors: errors.map(toFieldError) };
}

const tls = (...hosts: string[]): NetworkGrant[] => hosts.map((host) => ({ host, ports: [443], protocol: 'tls' }));

/** What agents commonly need without any skill, by name: an agent's base permissions can be proposed with these. */
export const BASE_PRESETS: Record<string, { title: string; network: NetworkGrant[] }> = {
  anthropic: { title: 'Anthropic models', network: tls('api.anthropic.com') },
  openai: { title: 'OpenAI models', network: tls('api.openai.com') },
  gemini: { title: 'Google Gemini models', network: tls('generativelanguage.googleapis.com') },
  mistral: { title: 'Mistral models', network: tls('api.mistral.ai') },
  openrouter: { title: 'OpenRouter models', network: tls('openrouter.ai') },
  github: {
    title: 'GitHub repositories',
    network: tls('github.com', 'api.github.com', 'codeload.github.com', 'raw.githubusercontent.com'),
  },
  gitlab: { title: 'GitLab.com repositories', network: tls('gitlab.com') },
  bitbucket: { title: 'Bitbucket repositories', network: tls('bitbucket.org', 'api.bitbucket.org') },
  sentry: {
    title: 'Sentry error reports',
    network: tls('*.ingest.sentry.io', '*.ingest.us.sentry.io', '*.ingest.de.sentry.io'),
  },
  honeycomb: { title: 'Honeycomb telemetry', network: tls('api.honeycomb.io') },
};

const NETWORK: Rules<Opening> = {
  allows(list, item) {
    const holders = list.filter((other) => holdsOpening(other, item));
    if (holders.some((other) => other.methods === null)) return true;
    const methods = new Set(holders.flatMap((other) => other.methods));
    return item.methods?.every((method) => methods.has(method)) ?? false;
  },
  holds: holdsOpening,
  same: isSameTarget,
};

const PATHS: Rules<string> = {
  allows: (list, item) => list.some((other) => holdsPath(other, item)),
  holds: holdsPath,
  same: (left, right) => left === right,
};

const VARIABLES: Rules<Variable> = {
  allows: (list, item) => list.some((other) => other.name === item.name),
  holds: (wide, narrow) => wide.name === narrow.name,
  same: (left, right) => left.name === right.name,
};

function networkChange(line: DiffLine<Opening>): PermissionChange {
  const { before, after } = line;
  // Inside TLS a cluster sees no method; so where only methods change, nothing enforced changes.
  const onlyMethods = before !== null && after !== null && line.change !== 'same' && isSameTarget(before, after);
  const holds = onlyMethods ? 'declared_only' : 'enforced_in_clusters';
  return { ...change('network', line, spellOpening, networkMeaning(line)), holds };
}

function change<T>(
  kind: PermissionChange['kind'],
  line: DiffLine<T>,
  spell: (item: T) => string,
  meaning: string,
): PermissionChange {
  const side = (item: T | null) => (item === null ? null : spell(item));
  const holds = 'checked_before_approval';
  return { kind, change: line.change, before: side(line.before), after: side(line.after), meaning, holds };
}

const spellText = (text: string) => text;
const shell = (block: PermissionBlock) => (block.shell ? ['shell'] : []);

/** One opening for each host, port and protocol; entries that differ only in their methods are one. */
function openings(block: PermissionBlock): Opening[] {
  const merged = new Map<string, Opening>();
  for (const { host, ports, protocol, methods = null } of block.network) {
    for (const port of ports) {
      const key = `${host} ${port} ${protocol}`;
      const known = merged.get(key);
      const all =
        known === undefined
          ? methods
          : known.methods === null || methods === null
            ? null
            : [...known.methods, ...methods];
      merged.set(key, { host, port, protocol, methods: all === null ? null : sortTexts(all) });
    }
  }
  return [...merged.values()];
}

function variables(block: PermissionBlock): Variable[] {
  const { required, optional } = block.environment;
  const wanted = new Set(required);
  return [
    ...[...wanted].map((name) => ({ name, required: true })),
    ...[...new Set(optional)].filter((name) => !wanted.has(name)).map((name) => ({ name, required: false })),
  ];
}

function holdsOpening(wide: Opening, narrow: Opening): boolean {
  return wide.port === narrow.port && wide.protocol === narrow.protocol && hostContains(wide.host, narrow.host);
}

/** Both spelled as in a manifest; the narrow one may be a whole folder too. */
function holdsPath(glob: string, path: string): boolean {
  if (glob === path) return true;
  if (glob === '**') return !path.startsWith('/');
  if (!glob.endsWith('/**')) return false;
  return path === glob.slice(0, -3) || path.startsWith(glob.slice(0, -2));
}

function resolvePath(path: string): string | null {
  if (path === '' || path.startsWith('~') || path.includes('\0')) return null;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

function sortTexts(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function describeGrant({ host, ports, protocol, methods, reason }: NetworkGrant): PermissionWords[] {
  const noun = ports.length === 1 ? 'port' : 'ports';
  const why = reason === undefined ? '' : ` (${reason})`;
  const text = `Reaches ${hostWords(host)} on ${noun} ${ports.join(', ')} ${PROTOCOL_WORDS[protocol]}${why}`;
  const reaches: PermissionWords = { kind: 'network', text, holds: 'enforced_in_clusters' };
  if (methods === undefined) return [reaches];
  return [
    reaches,
    { kind: 'network', text: `Says that it uses only ${methods.join(', ')} there`, holds: 'declared_only' },
  ];
}
