import { AegisError } from '@aegis/skill-sdk/errors';
import {
  HEADER_BYTES_MAX,
  JSON_BODY_BYTES_MAX,
  JSON_DEPTH_MAX,
  JSON_MEMBERS_MAX,
  URL_LENGTH_MAX,
} from '@aegis/skill-sdk/limits';
import type { MiddlewareHandler } from 'hono';
import { readBounded } from './bounded.ts';
import type { AppEnv } from './context.ts';
import { measureJson } from './json-shape.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** OAuth sends forms (RFC 8628, section 3.1). No cookie counts there, so a foreign page wins nothing by it. */
const FORM_ROUTES = new Set(['/api/device/code', '/api/device/token']);

/** Content types, sizes and shapes, before anybody reads a body. Uploads have their own bounds. */
export const bounds: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { raw, method, path } = c.req;
  if (raw.url.length > URL_LENGTH_MAX) throw tooLarge('The address', raw.url.length, URL_LENGTH_MAX);
  if (READING.has(method)) return await next();
  requireHeaders(raw.headers);
  if (path.endsWith('/upload') || !hasBody(raw)) return await next();
  const length = Number(raw.headers.get('content-length') ?? 0);
  if (length > JSON_BODY_BYTES_MAX) throw tooLarge('The body', length, JSON_BODY_BYTES_MAX);
  const type = raw.headers.get('content-type') ?? 'no content type';
  const isForm = FORM_ROUTES.has(path) && /^application\/x-www-form-urlencoded\b/i.test(type);
  if (!isForm && !/^application\/json\b/i.test(type))
    throw new AegisError('UNSUPPORTED_MEDIA_TYPE', { detail: `Found ${type}, wanted application/json.` });
  if (isForm && !raw.headers.has('content-length')) throw new AegisError('LENGTH_REQUIRED');
  // Read here, once, for everybody after: what has no length is bounded as it comes.
  if (!isForm) Object.assign(c.req.bodyCache, { text: Promise.resolve(await readShallow(raw)) });
  return await next();
};

function hasBody({ headers, body }: Request): boolean {
  const length = headers.get('content-length');
  return length === null ? body !== null : length !== '0';
}

/** Reads are bounded by the platform alone (128 KB): counting would cost every one of them. */
function requireHeaders(headers: Headers): void {
  let bytes = 0;
  headers.forEach((value, name) => {
    bytes += name.length + value.length;
  });
  if (bytes > HEADER_BYTES_MAX) throw tooLarge('The headers', bytes, HEADER_BYTES_MAX);
}

async function readShallow(request: Request): Promise<string> {
  const bytes = await readBounded(request.body, JSON_BODY_BYTES_MAX);
  if (bytes === null) throw tooLarge('The body', 'more', JSON_BODY_BYTES_MAX);
  const text = new TextDecoder().decode(bytes);
  const { depth, members } = measureJson(text);
  if (depth <= JSON_DEPTH_MAX && members <= JSON_MEMBERS_MAX) return text;
  throw new AegisError('INVALID_REQUEST', {
    detail: `The JSON is ${depth} levels deep with up to ${members} members at one place; at most ${JSON_DEPTH_MAX} and ${JSON_MEMBERS_MAX} are read.`,
  });
}

function tooLarge(what: string, found: number | string, max: number): AegisError {
  return new AegisError('PAYLOAD_TOO_LARGE', { detail: `${what} has ${found} bytes, at most ${max} are read.` });
}
