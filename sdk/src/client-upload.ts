import type { z } from 'zod';
import { parseAnswer, readJson } from './answers.ts';
import type { Transport } from './transport.ts';
import { ATTEMPT_HEADER, UploadAnswer } from './wire/skills.ts';

export interface Progress {
  sentBytes: number;
  totalBytes: number;
}
export interface UploadOptions {
  /** Compared with the one inside the package (A82). */
  manifest?: unknown;
  /** Declared digest; DIGEST_MISMATCH when the bytes have another one. */
  archiveDigest?: string;
  tenantId?: string | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  signal?: AbortSignal | undefined;
}
/** `attemptId` is where the upload can be followed; null when the registry named none. */
export type Uploaded = z.output<typeof UploadAnswer> & { attemptId: string | null };
/** A progress report per this many bytes. */
const UPLOAD_CHUNK_BYTES = 64 * 1024;

/** 16 MiB over a slow line. */
export const TRANSFER_TIMEOUT_MS = 180_000;

/** Uploads one package (A81, A82); the same bytes again are answered with the same version. */
export async function upload(read: Transport['read'], archive: Uint8Array, options: UploadOptions): Promise<Uploaded> {
  const form = new FormData();
  form.set('file', new Blob([archive as Uint8Array<ArrayBuffer>], { type: 'application/gzip' }), 'skill.tar.gz');
  if (options.manifest !== undefined) form.set('manifest', JSON.stringify(options.manifest));
  if (options.archiveDigest !== undefined) form.set('archiveDigest', options.archiveDigest);
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const { onProgress } = options;
  const call = {
    method: 'POST' as const,
    path: '/api/skills/private/upload',
    query: { tenantId: options.tenantId },
    headers: { 'content-type': type, ...(onProgress === undefined ? {} : { 'content-length': String(bytes.length) }) },
    body: () => (onProgress === undefined ? bytes : countedStream(bytes, onProgress)),
    // The same bytes again are answered with the same version.
    idempotent: true,
    timeoutMs: TRANSFER_TIMEOUT_MS,
    signal: options.signal,
  };
  return read(call, async (response) => {
    const answer = parseAnswer(await readJson(response, call), UploadAnswer, call);
    return { ...answer, attemptId: response.headers.get(ATTEMPT_HEADER) };
  });
}

/** The bytes in pieces, as the connection takes them. Browsers cannot send a stream over HTTP/1.1; Node can. */
function countedStream(
  bytes: Uint8Array<ArrayBuffer>,
  onProgress: (progress: Progress) => void,
): ReadableStream<Uint8Array> {
  let sentBytes = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const end = Math.min(sentBytes + UPLOAD_CHUNK_BYTES, bytes.length);
        controller.enqueue(bytes.subarray(sentBytes, end));
        sentBytes = end;
        onProgress({ sentBytes, totalBytes: bytes.length });
        if (sentBytes === bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
