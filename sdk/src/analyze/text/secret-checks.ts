/** The last six characters of GitHub's and npm's tokens are a CRC-32 of the others, in base 62. */
export function hasWrongChecksum(secret: string): boolean {
  const body = secret.slice(secret.indexOf('_') + 1);
  return base62(crc32(body.slice(0, -6))).padStart(6, '0') !== body.slice(-6);
}

/** CRC-32 of keys that Google publishes in its own samples and test projects. */
const PUBLISHED = new Set([
  0x08394327, 0x0ba59aba, 0x1f358cbe, 0x202f468f, 0x3627aa84, 0x3c5d7fda, 0x5c298136, 0x6159ac90, 0x6a4f7820,
  0x6b66e8a8, 0x6b9463f8, 0x94bb94f9, 0xafe8ff3e, 0xfbc47221, 0xffddd189,
]);

/** True for a key that its provider itself has published, so that everybody may use it. */
export function isPublished(secret: string): boolean {
  return PUBLISHED.has(crc32(secret));
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = BASE62[rest % 62] + text;
  return text;
}

/** `name = "value"` in any language, where the name says that it is a secret. */
export const ASSIGNED_SECRET =
  /((?:api[_-]?key|secret|token|passwd|password|passphrase|private[_-]?key|access[_-]?key|auth[_-]?key|credential)[A-Za-z0-9_-]{0,20})["'`]?\s{0,4}(?::|=>|:=|=)\s{0,4}(["'`])([^"'`\s]{8,200})\2/gi;

/** `NAME=value` in an environment file. */
export const ENVIRONMENT_LINE =
  /^(?:export\s+)?([A-Z][A-Z0-9_]{0,60}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Z0-9_]{0,20})=([^\s"'#]{8,200})$/gm;

const PLACEHOLDER =
  /example|sample|placeholder|your|dummy|fake|change.?me|replace|insert|redacted|todo|fixme|xxxx|\*\*\*|\.\.\.|…|<|>|\{\{|\$\{|test.?(key|token|secret|password)|my.?(key|token|secret|password)|not.?a.?real|deadbeef|123456|abcdef|qwerty|hunter2|^(pass|passw(or)?d|pwd|secret|token|user(name)?|postgres|root|admin)\d{0,4}$/i;

/** One character or one short piece, over and over. */
const MONOTONE = /(.)\1{5,}|(.{2,4})\2{3,}/;

/** True when a text only stands where a secret would stand. */
export function isPlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret) || MONOTONE.test(secret) || entropyOf(secret) < 2.2;
}

/** Bits per character: 0 for one repeated character, about 5 for random letters and digits. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** True for words, paths, addresses, names and code: what stands behind `token:` without being a token. */
export function isOrdinaryText(text: string): boolean {
  if (
    /^[a-z]+([-_. /][a-z]+)*$/i.test(text) ||
    /^https?:|^\.{0,2}\/|^[\w.-]+\/[\w./-]+$|[()[\]{};]|^process\.env|^\$/.test(text)
  )
    return true;
  // The address of a contract or an account is public.
  if (/^0x[0-9a-f]{40}$/i.test(text)) return true;
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text) || /^[a-z]+([A-Z][a-z]+)+\d{0,2}$/.test(text)) return true;
  return !/\d/.test(text) && !/[^A-Za-z0-9]/.test(text);
}
