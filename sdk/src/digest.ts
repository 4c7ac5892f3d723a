/** `sha256:<64 lower hex>`: the only spelling of a digest in the product. */
export type Digest = `sha256:${string}` & { readonly __digest: true };

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** The digest of the exact bytes. */
export async function digestOf(bytes: Uint8Array): Promise<Digest> {
  return `sha256:${await sha256Hex(bytes)}` as Digest;
}

/** 64 lower-case hex digits. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  let text = '';
  for (const byte of hash) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** True when both digests are equal; takes the same time wherever they differ. */
export function sameDigest(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}
