/** The text behind base64 or base64url (padding optional), read as UTF-8; null when it is neither. */
export function decodeBase64(text: string): string | null {
  const compact = text
    .replace(/[\s=]+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  if (compact.length === 0 || !/^[A-Za-z0-9+/]+$/.test(compact) || compact.length % 4 === 1) return null;
  return readBytes(Uint8Array.from(atob(compact), (char) => char.charCodeAt(0)));
}

/** What `btoa` gives; null where it throws: a character beyond Latin-1. */
export function encodeBase64(text: string): string | null {
  try {
    return btoa(text);
  } catch {
    return null;
  }
}

/** The text behind pairs of hex digits, read as UTF-8; null when there are others. */
export function decodeHex(text: string): string | null {
  if (text.length === 0 || text.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  return readBytes(bytes);
}

/** The text whose UTF-8 bytes these numbers are; null when one is not a byte. */
export function decodeBytes(numbers: readonly number[]): string | null {
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 255)) return null;
  return readBytes(Uint8Array.from(numbers));
}

/** The text of these UTF-16 code units, as `String.fromCharCode` makes it. */
export function decodeCharCodes(numbers: readonly number[]): string {
  let text = '';
  for (const number of numbers) text += String.fromCharCode(number);
  return text;
}

/** What `decodeURIComponent` or `unescape` gives; null where the former throws. */
export function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function readBytes(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes);
}
