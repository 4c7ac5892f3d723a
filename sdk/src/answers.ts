import type { z } from 'zod';
import { AegisError, fromProblem } from './errors.ts';
import { ProblemBody } from './wire/common.ts';

/** What was asked, for the words of an error. */
export interface Asked {
  method: string;
  path: string;
}

/** A file of 16 MiB with its approved counterpart, as JSON. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

/** Checks the JSON of an answer against its schema; NOT_A_REGISTRY names the first field that differs. */
export function parseAnswer<S extends z.ZodType>(value: unknown, schema: S, asked: Asked): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.join('.');
  throw new AegisError('NOT_A_REGISTRY', {
    detail: `${asked.method} ${asked.path} answered JSON that is not what an Aegis registry answers: ${field}: ${issue?.message}. Check the address of the registry, and that this client is not older than the registry.`,
    cause: parsed.error,
  });
}

/** The JSON value of an answer; anything but JSON is NOT_A_REGISTRY, with what was found instead. */
export async function readJson(response: Response, asked: Asked): Promise<unknown> {
  const bytes = await readBounded(response, asked, JSON_BYTES_MAX);
  if (!isJson(response)) throw notARegistry(response, asked, bytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new AegisError('NOT_A_REGISTRY', {
      detail: `${asked.method} ${asked.path} announced JSON and sent something else. Check the address of the registry.`,
      cause,
    });
  }
}

/** The error that an answer with a failing status (or a redirect) stands for. */
export async function errorOf(response: Response, asked: Asked, url: string): Promise<AegisError> {
  const bytes = await readBounded(response, asked, JSON_BYTES_MAX);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const meta = { status: response.status, ...(retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {}) };
  const problem = isJson(response) ? ProblemBody.safeParse(tryJson(bytes)) : null;
  // What the registry says of the subject stands: the status of a version is not that of the answer.
  if (problem?.success) return fromProblem({ ...problem.data, meta: { ...meta, ...problem.data.meta } });
  // What stands in front of a registry answers these in its own words.
  if (response.status === 429) return new AegisError('RATE_LIMITED', { meta });
  if (response.status === 502 || response.status === 503 || response.status === 504) {
    return new AegisError('UNAVAILABLE', {
      detail: `${url} answered ${response.status} with ${found(response, bytes)}: what stands in front of the registry does not reach it. Try again later.`,
      meta,
    });
  }
  return notARegistry(response, asked, bytes);
}

function notARegistry(response: Response, asked: Asked, bytes: Uint8Array): AegisError {
  return new AegisError('NOT_A_REGISTRY', {
    detail: `${asked.method} ${asked.path} answered ${response.status} with ${found(response, bytes)}, wanted the JSON of an Aegis registry. Check its address; if this network has a sign-in page or a proxy, open any web page in a browser first.`,
    meta: { status: response.status },
  });
}

/** What an answer is, in words: `an HTML page titled “Hotel Wi-Fi”`. */
function found(response: Response, bytes: Uint8Array): string {
  const location = response.headers.get('location');
  if (location !== null) return `a redirect to ${location}`;
  if (response.type === 'opaqueredirect') return 'a redirect';
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  const text = new TextDecoder().decode(bytes.subarray(0, 64 * 1024));
  if (type === 'text/html' || /^\s*<(?:!doctype html|html)/i.test(text)) {
    const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
    return title === undefined ? 'an HTML page' : `an HTML page titled “${title}”`;
  }
  return type ?? (bytes.length === 0 ? 'nothing' : `${bytes.length} bytes without a content type`);
}

/** The bytes of an answer; NOT_A_REGISTRY when it is a page or larger than `bytesMax`. */
export async function readBytes(response: Response, asked: Asked, bytesMax: number): Promise<Uint8Array> {
  const bytes = await readBounded(response, asked, bytesMax);
  // Whoever answers with a page instead of a package is no registry, whatever the digest check would say.
  if (response.headers.get('content-type')?.startsWith('text/html')) throw notARegistry(response, asked, bytes);
  return bytes;
}

async function readBounded(response: Response, asked: Asked, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) break;
    size += step.value.length;
    if (size > bytesMax) {
      await reader?.cancel();
      throw new AegisError('NOT_A_REGISTRY', {
        detail: `${asked.method} ${asked.path} answered more than ${bytesMax} bytes, which no Aegis registry does.`,
      });
    }
    chunks.push(step.value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function isJson(response: Response): boolean {
  return /^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');
}

function tryJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Not JSON: the caller says what was found instead.
    return null;
  }
}

/** A proxy that looks into TLS signs with a CA of its own, so this is what an office meets first. */
const UNTRUSTED =
  'its certificate is signed by a CA that this machine does not trust. If that is the CA of your company (or of its proxy), name its PEM file in AEGIS_CA_FILE or NODE_EXTRA_CA_CERTS.';

const NETWORK_WORDS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Is the registry running, and is the address right?',
  ENOTFOUND: 'the name is not known. Check the spelling of the address and your network.',
  EAI_AGAIN: 'the name could not be looked up. Check your network.',
  ECONNRESET: 'the connection was cut. Try again.',
  UND_ERR_SOCKET: 'the connection was cut. Try again.',
  ETIMEDOUT: 'no connection came about. Check your network, VPN and firewall.',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about. Check your network, VPN and firewall.',
  EHOSTUNREACH: 'the host cannot be reached. Check your network and VPN.',
  ENETUNREACH: 'there is no network. Connect first.',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Use the name that the certificate has, or ask who runs the registry.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS. Is the address http://… , or a sign-in page in between?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS. Is the address http://… , or a sign-in page in between?',
  EPROTO: 'it does not speak TLS. Is the address http://… , or a sign-in page in between?',
  EPIPE: 'the connection was cut. Try again.',
  EADDRNOTAVAIL: 'there is no network. Connect first.',
  CERT_HAS_EXPIRED: 'its certificate has expired. Check the clock of this machine, else tell who runs the registry.',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Check the clock of this machine.',
};

/** Why nothing came back, and what to do, from an error of fetch. */
export function networkDetail(url: string, error: unknown): string {
  const code = causeCode(error);
  const words = code === null ? undefined : NETWORK_WORDS[code];
  return `Cannot reach ${url}${code === null ? '' : ` (${code})`}: ${words ?? 'the request failed. Check your network and the address.'}`;
}

/** True where TLS was refused for a reason that stays however often it is tried: the certificate, or a peer without TLS. */
export function isTlsRefused(error: unknown): boolean {
  const code = causeCode(error) ?? '';
  if (Object.hasOwn(NETWORK_WORDS, code) && NETWORK_WORDS[code] === UNTRUSTED) return true;
  return code.startsWith('CERT_') || code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'ERR_SSL_WRONG_VERSION_NUMBER';
}

/** The system's code somewhere down the causes of an error of fetch. */
export function causeCode(error: unknown): string | null {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current !== null && typeof current === 'object'; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    // Happy eyeballs: one error per address.
    current = current instanceof AggregateError ? current.errors[0] : 'cause' in current ? current.cause : null;
  }
  return null;
}
