import { BACKUP_CODES } from '@aegis/skill-sdk/limits';
import { tokenHash } from '../../secrets.ts';

/** Crockford's base32 without the letters that are read as digits: 5 bits each. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 80 bits: a leaked table of hashes cannot be searched. */
const LETTERS = 16;

/** Ten codes like `3k7m-9qxd-0a2f-w8re`. */
export function newBackupCodes(): string[] {
  return Array.from({ length: BACKUP_CODES }, () => {
    const letters = [...crypto.getRandomValues(new Uint8Array(LETTERS))].map((byte) => ALPHABET[byte % 32]).join('');
    return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
  });
}

/** What is kept of a code; how it was typed (spaces, capitals, dashes) does not matter. */
export async function backupCodeHash(userId: string, code: string): Promise<string> {
  return await tokenHash(`${userId} ${code.toLowerCase().replaceAll(/[^0-9a-z]/g, '')}`);
}
