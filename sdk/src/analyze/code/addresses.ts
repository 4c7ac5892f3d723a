import { HOLE } from './value.ts';

/** Where an address leads: `host:port` (`*` for a label that is not known), nowhere outside, or not known. */
export type Destination = { kind: 'host'; value: string } | { kind: 'none' } | { kind: 'unknown' };

const PORTS: Readonly<Record<string, number>> = {
  'https:': 443,
  'http:': 80,
  'wss:': 443,
  'ws:': 80,
  'ftp:': 21,
  'ssh:': 22,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'mongodb:': 27017,
  'amqp:': 5672,
  'smtp:': 25,
  'smtps:': 465,
  'ldap:': 389,
};

/** Where a URL leads. Parts that are not known are HOLE; they matter only inside the host and the port. */
export function destinationOfUrl(url: string, portDefault: number): Destination {
  const text = url.trim().replace(/[\t\n\r]/g, '');
  if (text === '' || /^(data|blob|file|about|javascript|node|mailto):/i.test(text)) return { kind: 'none' };
  const match = /^([a-z][a-z0-9+.-]*:)?[\\/]{2,}([^/?#\\]*)/i.exec(text);
  if (match === null) {
    // Schemes that browsers and Node read without the slashes.
    const bare = /^(https?|wss?):([^/\\?#][^/?#\\]*)/i.exec(text);
    if (bare !== null) return destination(bare[2] ?? '', PORTS[`${bare[1]?.toLowerCase()}:`] ?? portDefault);
    return text.includes(HOLE) && !/^[./?#]/.test(text) ? { kind: 'unknown' } : { kind: 'none' };
  }
  const scheme = (match[1] ?? '').toLowerCase();
  const port = Object.hasOwn(PORTS, scheme) ? (PORTS[scheme] ?? portDefault) : portDefault;
  return destination(match[2] ?? '', port);
}

function destination(authority: string, port: number): Destination {
  const at = authority.lastIndexOf('@');
  const place = authority.slice(at + 1);
  // An unknown part in front of an `@` may hold the real host and a slash.
  if (at >= 0 && authority.slice(0, at).includes(HOLE) && !place.includes('.')) return { kind: 'unknown' };
  const split = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(place);
  if (split === null) return { kind: 'unknown' };
  const [, host = '', given] = split;
  if (given !== undefined && given !== '' && !/^\d{1,5}$/.test(given)) return { kind: 'unknown' };
  return destinationOfHost(host, given === undefined || given === '' ? port : Number(given));
}

/** A host and a port as a destination. `region-?.api.example` is `*.api.example`. */
export function destinationOfHost(host: string, port: number): Destination {
  if (host === '') return { kind: 'none' };
  const name = spelledHost(host);
  if (name === null) return { kind: 'unknown' };
  if (!name.includes(HOLE)) return { kind: 'host', value: `${name}:${port}` };
  const labels = name.split('.');
  const lastHole = labels.findLastIndex((label) => label.includes(HOLE));
  const known = labels.slice(lastHole + 1);
  // At least a name below a suffix has to be known; and the unknown label must be one label, not `…/` or `…@`.
  if (known.length < 2 || lastHole !== 0) return { kind: 'unknown' };
  return { kind: 'host', value: `*.${known.join('.')}:${port}` };
}

/** Lower case, without the root dot, ASCII, and with every spelling of an IPv4 address as four decimals. */
function spelledHost(host: string): string | null {
  if (host.includes(HOLE)) return host.toLowerCase().replace(/\.$/, '');
  try {
    return new URL(`http://${host}/`).hostname.replace(/\.$/, '');
  } catch {
    return null;
  }
}
