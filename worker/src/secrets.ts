import { scrypt, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '@aegis/skill-sdk/digest';
import { sealToken } from '@aegis/skill-sdk/token';

/** N, r, p of scrypt; 16 MiB a hash, one at a time, because isolates have 128 MB. */
const COST = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 64;
const SALT_BYTES = 16;

/** `scrypt:<salt>:<key>` in hex. The native scrypt: the pure one takes three times the CPU. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return `scrypt:${toHex(salt)}:${toHex(await derive(password, salt))}`;
}

export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const [kind, salt, key] = hash.split(':');
  if (kind !== 'scrypt' || salt === undefined || key === undefined) return false;
  const expected = fromHex(key);
  const found = await derive(password, fromHex(salt));
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function derive(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** A random token of 32 bytes, with prefix and checksum. */
export async function newToken(prefix: string): Promise<string> {
  return await sealToken(prefix, toHex(crypto.getRandomValues(new Uint8Array(32))));
}

/** What is kept of a token. */
export async function tokenHash(token: string): Promise<string> {
  return await sha256Hex(new TextEncoder().encode(token));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
