import { getPublicSuffix } from 'tldts';
import { type Complaint, show } from './field-errors.ts';
import { HOST_LENGTH_MAX } from './limits.ts';

/** What the text of a manifest means as a host: its one spelling, or what is wrong with it. */
export type ParsedHost = { host: string; complaint: null } | { host: null; complaint: Complaint };

/**
 * Reads a host as a manifest may name it: a DNS name with at least two labels, or `*.` (exactly one more label) or
 * `**.` (one or more) before such a name. Gives lower case, punycode, no trailing dot. Refuses addresses, names that
 * mean something only inside a cluster, and wildcards that span the customers of a public suffix, private ones too.
 */
export function parseHost(input: string): ParsedHost {
  // Longer than any name, also in another script than ASCII; the rest need not look at it.
  if (input.length > 2 * HOST_LENGTH_MAX) return refuse(labelComplaint(input));
  const spelled = spellingComplaint(input);
  if (spelled !== null) return refuse(spelled);
  const { wildcard, name } = splitWildcard(input);
  if (name.includes('*')) {
    return refuse({
      detail: `${show(input)} has a * inside`,
      fix: 'Use *. for one label or **. for one or more, at the start.',
    });
  }
  const ascii = toAscii(name);
  if (ascii === null)
    return refuse({ detail: `${show(input)} is not a host name`, fix: 'Write it as in api.example.com.' });
  const complaint = nameComplaint(input, { wildcard, name: ascii });
  return complaint === null ? { host: `${wildcard}${ascii}`, complaint: null } : refuse(complaint);
}

/** The complaint alone, as a rule of a schema. */
export function hostComplaint(input: string): Complaint | null {
  return parseHost(input).complaint;
}

/** True when every name that `need` stands for is also a name that `grant` stands for; both as `parseHost` spells them. */
export function hostContains(grant: string, need: string): boolean {
  if (grant === need) return true;
  const wide = splitWildcard(grant);
  const narrow = splitWildcard(need);
  const isBelow = narrow.name.endsWith(`.${wide.name}`);
  if (wide.wildcard === '') return false;
  // `**.a.example` holds only names below a.example; all of them lie below example too.
  if (wide.wildcard === '**.') return isBelow || (narrow.wildcard !== '' && narrow.name === wide.name);
  const label = narrow.name.slice(0, -wide.name.length - 1);
  return narrow.wildcard === '' && isBelow && !label.includes('.');
}

function splitWildcard(host: string): { wildcard: string; name: string } {
  const wildcard = ['**.', '*.'].find((prefix) => host.startsWith(prefix)) ?? '';
  return { wildcard, name: host.slice(wildcard.length) };
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Brackets, two colons, or four numbers, also with a port or a prefix length. */
const ADDRESS = /^\[|:.*:|^\d+\.\d+\.\d+\.\d+(?:[:/]\d+)?$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
/** Names that a resolver inside a cluster, a machine or a local network answers by itself. */
const INTERNAL = /\.(?:local|internal|svc|localhost|localdomain|arpa)$/;

const refuse = (complaint: Complaint): ParsedHost => ({ host: null, complaint });

/** What stands in the text that is no part of a host name. */
function spellingComplaint(input: string): Complaint | null {
  if (input.includes('://'))
    return { detail: `${show(input)} is a URL`, fix: `Write only the host: ${hostOfUrl(input)}.` };
  if (ADDRESS.test(input)) return addressComplaint(input);
  const port = /^(.*):(\d+)$/.exec(input);
  if (port !== null) {
    return { detail: `${show(input)} has a port in the host`, fix: `Write {host: ${port[1]}, ports: [${port[2]}]}.` };
  }
  const odd = /[\s\p{Cc}\p{Cf}\p{Cs}/?#@%:\\[\]<>^|`"]/u.exec(input);
  if (odd !== null)
    return { detail: `${show(input)} has ${JSON.stringify(odd[0])} in it`, fix: 'Write only the host name.' };
  return null;
}

function hostOfUrl(input: string): string {
  const authority = input.replace(/^.*?:\/\//s, '').replace(/[/?#].*$/s, '');
  return authority.replace(/^.*@/s, '').replace(/:.*$/s, '').toLowerCase();
}

function labelComplaint(input: string): Complaint {
  const fix = `Use labels of letters, digits and hyphens, 63 each and ${HOST_LENGTH_MAX} in all.`;
  return { detail: `${show(input)} is not a host name`, fix };
}

function addressComplaint(input: string): Complaint {
  return {
    detail: `${show(input)} is an address`,
    fix: 'Name the host; an address says nothing to a reviewer and may change hands.',
  };
}

/** Lower case and punycode by the URL parser, which is the same on every runtime; null when it is no host. */
function toAscii(name: string): string | null {
  const url = `http://${name}/`;
  if (name === '' || !URL.canParse(url)) return null;
  return new URL(url).hostname.replace(/\.$/, '');
}

function nameComplaint(input: string, { wildcard, name }: { wildcard: string; name: string }): Complaint | null {
  if (IPV4.test(name)) return addressComplaint(input);
  const labels = name.split('.');
  if (wildcard.length + name.length > HOST_LENGTH_MAX || !labels.every((label) => LABEL.test(label))) {
    return labelComplaint(input);
  }
  if (wildcard !== '' && getPublicSuffix(name, PUBLIC_SUFFIX) === name) {
    const fix = `Name one registered domain, as in ${wildcard}mine.${name}.`;
    return { detail: `${show(input)} spans every customer of the public suffix ${name}`, fix };
  }
  if (labels.length < 2)
    return { detail: `${show(input)} has a single label`, fix: 'Write the full name, as in api.example.com.' };
  if (INTERNAL.test(`.${name}`)) {
    const fix = 'Name a public host; what lies inside the cluster is not opened by a skill.';
    return { detail: `${show(input)} is a cluster-internal or local name`, fix };
  }
  return null;
}

const PUBLIC_SUFFIX = { allowPrivateDomains: true, extractHostname: false };
