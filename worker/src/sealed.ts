import { CompactEncrypt, compactDecrypt } from 'jose';

/**
 * What must be readable again, encrypted at rest (C39): a JWE (dir, A256GCM) under a key derived from the registry's
 * secret, bound to whom it belongs. Moved to another row it does not open.
 */
export async function seal(secret: string, owner: string, text: string): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', sub: owner })
    .encrypt(await keyOf(secret));
}

/** Throws when the text was sealed under another secret, for somebody else, or was changed. */
export async function unseal(secret: string, owner: string, sealed: string): Promise<string> {
  const { plaintext, protectedHeader } = await compactDecrypt(sealed, await keyOf(secret), {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  if (protectedHeader.sub !== owner) throw new Error('sealed for somebody else');
  return new TextDecoder().decode(plaintext);
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder();
  const root = await crypto.subtle.importKey('raw', bytes.encode(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes.encode('aegis sealed 1') };
  return await crypto.subtle.deriveKey(derivation, root, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}
