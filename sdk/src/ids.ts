/**
 * Ids are `<prefix>-<26 lower-case Crockford base32>`: a ULID, so they sort by time, and they are valid in a
 * Kubernetes name or label, because `tenant-<id>-egress` must be.
 */
const PREFIXES = {
  tenant: 'ten',
  user: 'usr',
  session: 'ses',
  account: 'acc',
  verification: 'ver',
  backupCode: 'bck',
  passkey: 'psk',
  member: 'mem',
  invitation: 'inv',
  apiKey: 'key',
  device: 'dev',
  publisher: 'tpb',
  ciToken: 'cit',
  ssoDomain: 'dom',
  mail: 'mal',
  version: 'skv',
  report: 'rep',
  decision: 'dec',
  attempt: 'att',
  agent: 'agt',
  base: 'bas',
  install: 'ins',
  dryRun: 'dry',
  lease: 'lse',
  cluster: 'clu',
  joinToken: 'jtk',
  blocked: 'blk',
  audit: 'aud',
  request: 'req',
  boot: 'bot',
} as const;

export type IdKind = keyof typeof PREFIXES;
/** Branded by kind, so that a tenant id is never passed where an agent id is wanted. */
export type Id<K extends IdKind> = string & { readonly __id: K };

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PATTERN = /^([a-z]{3})-([0-7][0-9a-hjkmnp-tv-z]{25})$/;

/** Fills the array with random bytes; `crypto.getRandomValues` in production, seeded in tests. */
export type RandomBytes = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** A new id. `atMs` is epoch ms (0 … 2^48 − 1). @example newId('tenant', now, (b) => crypto.getRandomValues(b)) */
export function newId<K extends IdKind>(kind: K, atMs: number, random: RandomBytes): Id<K> {
  let text = '';
  let time = atMs;
  for (let index = 0; index < 10; index++) {
    text = ALPHABET[time % 32] + text;
    time = Math.floor(time / 32);
  }
  const bytes = random(new Uint8Array(16));
  for (const byte of bytes) text += ALPHABET[byte % 32];
  return `${PREFIXES[kind]}-${text}` as Id<K>;
}

/** The id when the text is one of that kind, else null. */
export function parseId<K extends IdKind>(kind: K, text: string): Id<K> | null {
  const match = PATTERN.exec(text);
  return match?.[1] === PREFIXES[kind] ? (text as Id<K>) : null;
}

/** The pattern of one kind of id, for schemas and OpenAPI. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${PREFIXES[kind]}-[0-7][0-9a-hjkmnp-tv-z]{25}$`);
}
