import canonicalize from 'canonicalize';

/** RFC 8785 text of a JSON value: the same on every runtime, so that its digest is too. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** UTF-8 bytes of the RFC 8785 text. */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(value)) as Uint8Array<ArrayBuffer>;
}
