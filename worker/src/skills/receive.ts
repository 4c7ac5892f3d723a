import { AegisError } from '@aegis/skill-sdk/errors';
import { ARCHIVE_BYTES_MAX } from '@aegis/skill-sdk/limits';
import { parseMultipart } from './multipart.ts';

/** What an author sent. `manifest` is JSON text, `archiveDigest` the digest that they declare. */
export interface Upload {
  file: Uint8Array;
  manifest?: string;
  archiveDigest?: string;
}

/** The manifest and the boundaries, beside the package itself. */
const OTHER_PARTS_BYTES_MAX = 1024 * 1024;
/** The whole body of an upload. */
export const UPLOAD_BYTES_MAX = ARCHIVE_BYTES_MAX + OTHER_PARTS_BYTES_MAX;

/** The announced length. Throws LENGTH_REQUIRED without one, PAYLOAD_TOO_LARGE above the bound. */
export function requireLength(header: string | undefined): number {
  const length = Number(header ?? Number.NaN);
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new AegisError('LENGTH_REQUIRED', {
      detail: 'Send a Content-Length, so that the registry can hold the upload.',
    });
  }
  if (length > UPLOAD_BYTES_MAX) throw tooLarge(`${length} bytes`);
  return length;
}

/** Reads the body into one buffer of the announced length, whatever really comes. */
export async function readBody(stream: ReadableStream<Uint8Array> | null, length: number): Promise<Uint8Array> {
  const body = new Uint8Array(length);
  let read = 0;
  const reader = stream?.getReader();
  try {
    for (let step = await reader?.read(); step !== undefined && !step.done; step = await reader?.read()) {
      if (read + step.value.length > length) throw tooLarge(`more than its Content-Length of ${length} bytes`);
      body.set(step.value, read);
      read += step.value.length;
    }
  } catch (cause) {
    await reader?.cancel().catch(() => undefined);
    if (cause instanceof AegisError) throw cause;
    throw cutOff(read, length, cause);
  }
  if (read < length) throw cutOff(read, length);
  return body;
}

/** The parts of an upload. Throws VALIDATION_FAILED when `file` is missing or a part is there twice. */
export function parseUpload(body: Uint8Array, contentType: string): Upload {
  const parts = new Map<string, Uint8Array>();
  for (const { name, bytes } of parseMultipart(body, contentType)) {
    if (parts.has(name)) throw invalidPart(name, 'is there twice, wanted once');
    parts.set(name, bytes);
  }
  const file = parts.get('file');
  if (file === undefined) throw invalidPart('file', 'is missing: it holds the package, as `aegis build` makes it');
  if (file.length > ARCHIVE_BYTES_MAX) throw tooLarge(`${file.length} bytes`);
  const text = (name: string) => {
    const bytes = parts.get(name);
    return bytes === undefined ? {} : { [name]: new TextDecoder().decode(bytes) };
  };
  return { file, ...text('manifest'), ...text('archiveDigest') };
}

function invalidPart(name: string, what: string): AegisError {
  return new AegisError('VALIDATION_FAILED', {
    detail: `The part \`${name}\` ${what}.`,
    errors: [{ pointer: `/${name}`, detail: what }],
  });
}

function cutOff(read: number, length: number, cause?: unknown): AegisError {
  return new AegisError('INVALID_REQUEST', {
    detail: `The upload broke off after ${read} of ${length} bytes. Nothing was published; send it again.`,
    cause,
  });
}

function tooLarge(found: string): AegisError {
  return new AegisError('PAYLOAD_TOO_LARGE', {
    detail: `The upload has ${found}; a package may have ${ARCHIVE_BYTES_MAX} bytes, everything beside it ${OTHER_PARTS_BYTES_MAX}.`,
  });
}
