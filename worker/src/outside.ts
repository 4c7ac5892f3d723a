import { AegisError } from '@aegis/skill-sdk/errors';
import { readBounded } from './bounded.ts';

const TIMEOUT_MS = 5000;
const BYTES_MAX = 256 * 1024;

/**
 * The answer of an address outside, whatever its status: https, a public name, no redirects, bounded in time and bytes.
 * What a name resolves to cannot be seen here: Cloudflare fetches from its edge, where no private network is, so a name
 * that is bound anew (DNS rebinding) reaches nothing; on a laptop (`dev`) loopback is allowed, for issuers that tests run.
 * Throws UNAVAILABLE.
 */
export async function askOutside(url: URL, dev: boolean, init: RequestInit = {}): Promise<Response> {
  const reason = reasonAgainstAddress(url, dev);
  if (reason !== null) throw new AegisError('UNAVAILABLE', { detail: `${url.origin} is not asked: ${reason}.` });
  const answer = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause) => {
    throw new AegisError('UNAVAILABLE', { detail: `${url.origin} did not answer.`, cause });
  });
  const bytes = await readBounded(answer.body, BYTES_MAX);
  if (bytes === null) throw new AegisError('UNAVAILABLE', { detail: `${url.origin} answered too much.` });
  return new Response(hasNoBody(answer.status) ? null : bytes, { status: answer.status, headers: answer.headers });
}

/** JSON from an address outside, which must answer 200. Throws UNAVAILABLE. */
export async function readOutside(url: URL, dev: boolean, accept = 'application/json'): Promise<Response> {
  const answer = await askOutside(url, dev, { headers: { accept } });
  if (answer.status !== 200)
    throw new AegisError('UNAVAILABLE', { detail: `${url.origin} answered ${answer.status}, wanted 200.` });
  return new Response(answer.body, { headers: { 'content-type': 'application/json' } });
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** Names that never are of the public net (RFC 6761, RFC 6762, RFC 9476, ICANN's private one). */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|test|invalid|onion|alt|lan|corp|home|intranet)$/;

/** Why an address is not asked, in a few words; null when it is. Pure. */
export function reasonAgainstAddress(url: URL, dev: boolean): string | null {
  const host = url.hostname.replace(/\.$/, '').toLowerCase();
  const loopback = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  if (dev && loopback && (url.protocol === 'http:' || url.protocol === 'https:')) return null;
  if (url.protocol !== 'https:') return 'it is not https';
  if (url.username !== '' || url.password !== '') return 'it carries a name or a password';
  // URL spells every address in one way: 0x7f.1 and 2130706433 become 127.0.0.1.
  if (/^[\d.]+$/.test(host) || host.startsWith('[')) return 'it is an address and not a name';
  if (!host.includes('.') || PRIVATE_NAME.test(host)) return 'its name is not a public one';
  return null;
}
