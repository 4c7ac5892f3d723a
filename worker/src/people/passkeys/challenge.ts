import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_MS = 5 * 60_000;
const NONCE_BYTES = 16;
const TIME_BYTES = 8;
const MAC_BYTES = 32;

/**
 * What a browser signs: a random part, when it ends, and our own mac over both and over what it is for. So nothing is
 * stored for strangers; that it works once is seen to where it is spent. `use` names the purpose and, for somebody who
 * is signed in, the person.
 */
export function newChallenge(secret: string, use: string, nowMs: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(NONCE_BYTES + TIME_BYTES + MAC_BYTES);
  crypto.getRandomValues(bytes.subarray(0, NONCE_BYTES));
  new DataView(bytes.buffer).setBigUint64(NONCE_BYTES, BigInt(nowMs + LIFETIME_MS));
  bytes.set(macOf(secret, use, bytes.subarray(0, NONCE_BYTES + TIME_BYTES)), NONCE_BYTES + TIME_BYTES);
  return bytes;
}

/** True when the challenge (base64url) is ours, for this use, and has not ended. */
export function isOwnChallenge(secret: string, use: string, challenge: string, nowMs: number): boolean {
  const bytes = new Uint8Array(Buffer.from(challenge, 'base64url'));
  if (bytes.length !== NONCE_BYTES + TIME_BYTES + MAC_BYTES) return false;
  const signed = bytes.subarray(0, NONCE_BYTES + TIME_BYTES);
  if (!timingSafeEqual(macOf(secret, use, signed), bytes.subarray(NONCE_BYTES + TIME_BYTES))) return false;
  return Number(new DataView(bytes.buffer).getBigUint64(NONCE_BYTES)) > nowMs;
}

function macOf(secret: string, use: string, signed: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`webauthn challenge\n${use}\n`).update(signed).digest();
}
