/** RFC 8628, section 6.1: consonants only, so that no code spells a word; letters that look like digits are not needed. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
/** The largest multiple of the alphabet's length in a byte: above it, some letters would come up more often. */
const FAIR = 240;

/** Eight letters: 34 bits, for a few minutes and few guesses. `random` fills bytes, as `crypto.getRandomValues`. */
export function newUserCode(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): string {
  let code = '';
  while (code.length < LENGTH) {
    for (const byte of random(new Uint8Array(LENGTH * 2))) {
      if (byte < FAIR && code.length < LENGTH) code += ALPHABET[byte % ALPHABET.length];
    }
  }
  return code;
}

/** `bcdf-ghjk`, `BCDF GHJK` and `BCDFGHJK` are one code; null for what is none. */
export function parseUserCode(text: string): string | null {
  const letters = text.toUpperCase().replaceAll(/[^A-Z]/g, '');
  return letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter)) ? letters : null;
}

/** As a person reads it: `BCDF-GHJK`. */
export function showUserCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}
