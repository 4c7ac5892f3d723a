import { AegisError } from '../errors.ts';
import type { StoredRegistry } from './credentials.ts';
import type { Io } from './io.ts';
import { findKeychain } from './keychain.ts';

/** Where a token was put: into the keychain, or (`token`) into the file, with the reason when a keychain refused it. */
export interface Kept {
  stored: Pick<StoredRegistry, 'token' | 'keychain'>;
  warning: string | null;
}

/** Puts a token into the keychain of this machine; where there is none, or it refuses, into the file of mode 0600. */
export async function keepToken(io: Io, url: string, token: string): Promise<Kept> {
  const keychain = await findKeychain(io);
  if (keychain === null) return { stored: { token }, warning: null };
  try {
    await keychain.write(url, token);
    return { stored: { keychain: keychain.kind }, warning: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { stored: { token }, warning: `The keychain does not take the token (${why}); it is kept in the file.` };
  }
}

/** The token that was kept. @throws AegisError UNAUTHENTICATED when its keychain is out of reach, or has lost it */
export async function storedToken(io: Io, url: string, stored: StoredRegistry): Promise<string> {
  if (stored.keychain === undefined) return stored.token ?? '';
  const keychain = await findKeychain(io);
  if (keychain === null) {
    throw new AegisError('UNAUTHENTICATED', {
      detail: `The token for ${url} lies in this machine’s keychain, which cannot be reached from here (another session, or AEGIS_KEYCHAIN=off). Sign in again here, or set AEGIS_TOKEN.`,
    });
  }
  const token = await keychain.read(url).catch((cause) => {
    const why = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new AegisError('UNAUTHENTICATED', {
      detail: `The keychain does not give the token for ${url} (${why}). Unlock it, or sign in again.`,
      cause,
    });
  });
  if (token !== null) return token;
  throw new AegisError('UNAUTHENTICATED', { detail: `The keychain has no token for ${url}. Sign in again.` });
}
