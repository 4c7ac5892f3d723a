import { newToken, tokenHash } from '../secrets.ts';

/** Secret scanners know keys by it. */
const KEY_PREFIX = 'aeg_';
/** `aeg_` and eight digits: enough to recognise a key, far too little to guess one. */
const PREFIX_LENGTH = 12;

/** A secret, what is kept of it, and what it is recognised by. */
export async function newSecret(): Promise<{ secret: string; hash: string; prefix: string }> {
  const secret = await newToken(KEY_PREFIX);
  return { secret, hash: await tokenHash(secret), prefix: secret.slice(0, PREFIX_LENGTH) };
}
