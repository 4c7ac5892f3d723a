import { z } from 'zod';
import { checkShape, isMapping, record, type ShapeError, show, text } from './field-errors.ts';
import { hostComplaint, parseHost } from './hosts.ts';
import { PERMISSION_ENTRIES_MAX, PORTS_MAX } from './limits.ts';
import { line } from './manifest-rules.ts';
import type { NetworkGrant } from './permissions.ts';

const DEFAULT_PORTS = { tls: [443], http: [80] } as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const HOST = {
  description:
    'A DNS name with at least two labels. `*.` in front stands for exactly one more label, `**.` for one or more. No addresses, no cluster-internal names, no wildcard over a public suffix.',
  examples: ['api.example.com', '*.api.example.com'],
};

/** One entry of `permissions.network`: a host, or a host with ports, protocol, methods and a reason. */
export const NetworkEntry = z.union([
  text(hostComplaint).meta({ ...HOST, title: 'Host, port 443, TLS' }),
  record({
    host: text(hostComplaint).optional().meta(HOST),
    domain: text(hostComplaint).optional().meta({ description: 'Another word for `host`.' }),
    ports: z
      .array(z.int().min(1, 'Ports go from 1 to 65535.').max(65535, 'Ports go from 1 to 65535.'))
      .min(1, 'Name a port, or leave `ports` out.')
      .max(PORTS_MAX, 'Name only the ports that are used.')
      .optional()
      .meta({ description: 'Default: 443 for tls, 80 for http. tcp has no default.' }),
    protocol: z.enum(['tls', 'http', 'tcp']).optional().meta({
      description:
        'tls (default) is decided by the name in the handshake, http by the Host header. tcp is opaque and needs the `networkpolicy` backend.',
    }),
    methods: z
      .array(z.enum(METHODS))
      .min(1, 'Name a method, or leave `methods` out for all.')
      .max(METHODS.length, 'Name each method once.')
      .optional()
      .meta({ description: 'HTTP methods that are used. Compared by scan and dry-run, not enforced in a cluster.' }),
    reason: line().optional().meta({ description: 'Why, in one line for the reviewer.' }),
  }),
]);
type NetworkEntry = z.infer<typeof NetworkEntry>;

export const NetworkEntries = z
  .array(NetworkEntry)
  .max(PERMISSION_ENTRIES_MAX, 'Merge entries, or use a wildcard over your own domain.');

/** The grants of a list as a manifest spells it, in their long form; null when `errors` says what is wrong. */
export function readNetwork(input: unknown): { grants: NetworkGrant[] | null; errors: ShapeError[] } {
  const { data, errors } = checkShape(NetworkEntries, input);
  const all = [...errors, ...entryErrors(input)];
  return data === null || all.length > 0 ? { grants: null, errors: all } : { grants: data.map(toGrant), errors: [] };
}

/** What no single field can tell: host or domain, and what tcp needs and cannot have. Paths start at the list. */
export function entryErrors(input: unknown): ShapeError[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap((entry: unknown, index) => (isMapping(entry) ? mappingErrors(entry, index) : []));
}

/** The long form of an entry that has no errors. */
export function toGrant(entry: NetworkEntry): NetworkGrant {
  const {
    host,
    domain,
    ports,
    protocol = 'tls',
    methods,
    reason,
  } = typeof entry === 'string' ? { host: entry } : entry;
  const chosen = ports ?? (protocol === 'tcp' ? [] : DEFAULT_PORTS[protocol]);
  return {
    host: parseHost(host ?? domain ?? '').host ?? '',
    ports: [...new Set(chosen)].sort((left, right) => left - right),
    protocol,
    ...(methods === undefined ? {} : { methods: [...new Set(methods)].sort() }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function mappingErrors(entry: Record<string, unknown>, index: number): ShapeError[] {
  const errors: ShapeError[] = [];
  const error = (key: string, at: ShapeError['at'], detail: string, fix: string) =>
    errors.push({ path: [index, key], at, detail, fix });
  const host = entry.host ?? entry.domain;
  if (host === undefined) error('host', 'value', '"host" is missing; wanted text', 'Add "host".');
  if (entry.host !== undefined && entry.domain !== undefined) {
    error('domain', 'key', 'Both "host" and "domain" are there', 'Keep "host"; "domain" is another word for it.');
  }
  if (entry.protocol !== 'tcp') return errors;
  if (entry.ports === undefined) error('ports', 'value', '"ports" is missing; tcp has no default', 'Add "ports".');
  if (entry.methods !== undefined) {
    error('methods', 'key', 'tcp has no HTTP methods', 'Remove "methods", or use protocol tls or http.');
  }
  if (typeof host === 'string' && host.startsWith('*')) {
    const fix = 'Name each host; tcp is decided by resolved addresses, and a wildcard has none.';
    error('host', 'value', `${show(host)} is a wildcard with protocol tcp`, fix);
  }
  return errors;
}
