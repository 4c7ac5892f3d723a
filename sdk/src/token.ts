import { sha256Hex } from './digest.ts';

const CHECKSUM_LENGTH = 6;
const SHAPE = /^[a-z]{3,4}_[0-9a-f]{70}$/;

/** A token: a prefix that secret scanners know, random hex digits, and six more that are a checksum of all before. */
export async function sealToken(prefix: string, randomHex: string): Promise<string> {
  return `${prefix}${randomHex}${await checksumOf(`${prefix}${randomHex}`)}`;
}

/** True when the text has the shape of our tokens and the wrong checksum: a letter was lost or changed on the way. */
export async function isMistyped(token: string): Promise<boolean> {
  if (!SHAPE.test(token)) return false;
  return (await checksumOf(token.slice(0, -CHECKSUM_LENGTH))) !== token.slice(-CHECKSUM_LENGTH);
}

async function checksumOf(text: string): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(text))).slice(0, CHECKSUM_LENGTH);
}
