import type { DiffLine } from './permission-diff.ts';
import type { NetworkGrant } from './permissions.ts';

/** One destination with one port; `methods` null stands for all. */
export interface Opening {
  host: string;
  port: number;
  protocol: NetworkGrant['protocol'];
  methods: readonly string[] | null;
}

export interface Variable {
  name: string;
  required: boolean;
}

/** `api.example.com:443`, with the protocol where it is not tls and the methods where they are named. */
export function spellOpening({ host, port, protocol, methods }: Opening): string {
  const suffix = [...(protocol === 'tls' ? [] : [protocol]), ...(methods === null ? [] : [methods.join(',')])];
  return [`${host}:${port}`, ...suffix].join(' ');
}

export function spellVariable({ name, required }: Variable): string {
  return required ? name : `${name} (optional)`;
}

export function isSameTarget(left: Opening, right: Opening): boolean {
  return left.host === right.host && left.port === right.port && left.protocol === right.protocol;
}

/** What a line of a network diff means, in one sentence. */
export function networkMeaning({ change, before, after }: DiffLine<Opening>): string {
  if (after === null) return `The agent can no longer reach ${targetWords(before)}.`;
  if (before === null) return `The agent can reach ${targetWords(after)}.`;
  if (change === 'same') return 'As before.';
  if (isSameTarget(before, after)) {
    return `The methods for ${targetWords(after)} are ${methodWords(after)}, before ${methodWords(before)}.`;
  }
  return change === 'wider'
    ? `The agent can reach ${targetWords(after)}, before only ${hostWords(before.host)}.`
    : `The agent can reach only ${targetWords(after)}, before ${hostWords(before.host)}.`;
}

/** What a line of a file diff means. */
export function fileMeaning({ change, before, after }: DiffLine<string>, verb: 'read' | 'write'): string {
  const can = verb === 'read' ? 'read' : 'change and delete';
  if (after === null) return `The skill can no longer ${can} ${pathWords(before)}.`;
  if (before === null) return `The skill can ${can} ${pathWords(after)}.`;
  if (change === 'same') return 'As before.';
  return change === 'wider'
    ? `The skill can ${can} ${pathWords(after)}, before only ${pathWords(before)}.`
    : `The skill can ${can} only ${pathWords(after)}, before ${pathWords(before)}.`;
}

/** What a line of an environment diff means. */
export function variableMeaning({ before, after }: DiffLine<Variable>): string {
  if (after === null) return `The skill is no longer given ${before.name}.`;
  if (before === null) return `The skill is given the value of ${after.name}.`;
  if (before.required === after.required) return 'As before.';
  return `${after.name} becomes ${after.required ? 'required' : 'optional'}.`;
}

export function shellMeaning({ before, after }: DiffLine<string>): string {
  if (after === null) return 'The skill can no longer start programs.';
  return before === null ? 'The skill can start any program in its sandbox.' : 'As before.';
}

/** `api.example.com on port 443 over TLS`, a wildcard in words. */
export function targetWords({ host, port, protocol }: Opening): string {
  return `${hostWords(host)} on port ${port} ${PROTOCOL_WORDS[protocol]}`;
}

export function hostWords(host: string): string {
  if (host.startsWith('**.')) return `every name below ${host.slice(3)}`;
  return host.startsWith('*.') ? `every name one label below ${host.slice(2)}` : host;
}

export const PROTOCOL_WORDS = { tls: 'over TLS', http: 'over plain HTTP', tcp: 'over raw TCP' } as const;

/** A path of the manifest in words. */
export function pathWords(path: string): string {
  if (path === '**') return 'everything in the working directory';
  return path.endsWith('/**') ? `everything below ${path.slice(0, -3)}` : path;
}

function methodWords({ methods }: Opening): string {
  return methods === null ? 'every method' : methods.join(', ');
}
