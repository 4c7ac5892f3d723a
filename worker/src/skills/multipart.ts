import { AegisError } from '@aegis/skill-sdk/errors';

/** One part of a form. `bytes` is a view into the body, not a copy. */
export interface Part {
  name: string;
  bytes: Uint8Array;
}

/** An upload has three parts; a browser or a proxy may add one or two. */
const PARTS_MAX = 16;
/** Content-Disposition and Content-Type of one part. */
const HEADER_BYTES_MAX = 8 * 1024;
const CR = 13;
const LF = 10;
const DASH = 45;

/**
 * The parts of a multipart/form-data body (RFC 7578) as views into it: the runtime's own `formData()` would copy 16 MiB
 * twice. Throws INVALID_REQUEST, or UNSUPPORTED_MEDIA_TYPE for another content type.
 */
export function parseMultipart(body: Uint8Array, contentType: string): Part[] {
  const delimiter = new TextEncoder().encode(`\r\n--${requireBoundary(contentType)}`);
  const parts: Part[] = [];
  let at = afterFirst(body, delimiter);
  while (!(body[at] === DASH && body[at + 1] === DASH)) {
    if (parts.length === PARTS_MAX) throw unreadable(`it has more than ${PARTS_MAX} parts`);
    const headersAt = endOfLine(body, at);
    const contentAt = endOfHeaders(body, headersAt);
    const endAt = indexOf(body, delimiter, contentAt);
    if (endAt === -1) throw unreadable('its last boundary is missing');
    const name = nameOf(new TextDecoder().decode(body.subarray(headersAt, contentAt)));
    if (name !== null) parts.push({ name, bytes: body.subarray(contentAt, endAt) });
    at = endAt + delimiter.length;
  }
  return parts;
}

/** The boundary of a content type; UNSUPPORTED_MEDIA_TYPE when it is no form. */
export function requireBoundary(contentType: string | undefined): string {
  const found = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(
    contentType ?? '',
  );
  const boundary = found?.[1] ?? found?.[2];
  if (boundary !== undefined) return boundary;
  throw new AegisError('UNSUPPORTED_MEDIA_TYPE', {
    detail: `Found ${contentType ?? 'no content type'}, wanted multipart/form-data with a boundary and a part \`file\`.`,
  });
}

/** The first delimiter may stand at the very start, without the line break that belongs to the others. */
function afterFirst(body: Uint8Array, delimiter: Uint8Array): number {
  const bare = delimiter.subarray(2);
  if (startsWith(body, bare, 0)) return bare.length;
  const at = indexOf(body, delimiter, 0);
  if (at === -1) throw unreadable('its first boundary is missing');
  return at + delimiter.length;
}

/** Where the line after a boundary begins; blanks may pad it. */
function endOfLine(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at += 1;
  if (body[at] !== CR || body[at + 1] !== LF) throw unreadable('a boundary is not followed by a line break');
  return at + 2;
}

function endOfHeaders(body: Uint8Array, from: number): number {
  const blank = new Uint8Array([CR, LF, CR, LF]);
  // A part without headers begins with the blank line itself.
  if (body[from] === CR && body[from + 1] === LF) return from + 2;
  const at = indexOf(body.subarray(0, from + HEADER_BYTES_MAX), blank, from);
  if (at === -1) throw unreadable('the headers of a part do not end');
  return at + blank.length;
}

/** The name of a part from its Content-Disposition; null without one. */
function nameOf(headers: string): string | null {
  const line = /^content-disposition:\s*form-data(.*)$/im.exec(headers)?.[1];
  if (line === undefined) return null;
  for (const [, key, quoted, plain] of line.matchAll(/;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    if (key?.toLowerCase() === 'name') return quoted ?? plain ?? '';
  }
  return null;
}

function indexOf(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, needle, at)) return at;
  }
  return -1;
}

function startsWith(bytes: Uint8Array, needle: Uint8Array, at: number): boolean {
  for (let index = 0; index < needle.length; index++) if (bytes[at + index] !== needle[index]) return false;
  return true;
}

function unreadable(what: string): AegisError {
  return new AegisError('INVALID_REQUEST', { detail: `The multipart body cannot be read: ${what}. Send it again.` });
}
