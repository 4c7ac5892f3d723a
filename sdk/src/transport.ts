import type { z } from 'zod';
import { errorOf, isTlsRefused, networkDetail, parseAnswer, readBytes, readJson } from './answers.ts';
import { clockHint } from './clock.ts';
import { AegisError } from './errors.ts';
import { isBehind, WIRE_HEADER, WIRE_VERSION, wireStanding } from './wire/version.ts';

/** `undefined` and `false` are left out. */
export type Query = Record<string, string | number | boolean | undefined>;
/** Reads the credential for one try; null sends none. */
export type ReadToken = () => string | null | Promise<string | null>;
/** What was tried and failed, and when it is tried again. */
export interface Retry {
  tried: number;
  delayMs: number;
  error: AegisError;
}

export interface TransportOptions {
  /** Where the registry is; http or https, without a path to the API. */
  url: string;
  fetch: typeof globalThis.fetch;
  token: ReadToken;
  headers: Record<string, string>;
  timeoutMs: number;
  /** The version of the wire that is spoken; default: the current one. */
  wire?: string | undefined;
  onRetry?: ((retry: Retry) => void) | undefined;
  /** Resolves after that time, or rejects when the signal aborts. */
  wait: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** 0 … 1, for the jitter. */
  random: () => number;
  /** This machine's clock, compared with the registry's where a credential is refused. */
  now: () => number;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  json?: unknown;
  /** Makes a body that is not JSON, anew for each try. */
  body?: () => BodyInit;
  headers?: Record<string, string>;
  token?: ReadToken;
  /** True when doing it twice is the same as doing it once. Default: only for GET. */
  idempotent?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface Transport {
  /** The answer, checked against its schema. */
  json<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>>;
  /** The exact bytes of the answer, at most `bytesMax`. */
  bytes(call: Call, bytesMax: number): Promise<Uint8Array>;
  /** Any answer that is no error; its body is not looked at. */
  nothing(call: Call): Promise<void>;
  /** Reads the answer in its own way, with the same retries and errors. 304 is no error. */
  read<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T>;
}

/** The first try and three more: about 3 s in all, after which a person should know. */
const TRIES_MAX = 4;
const RETRY_FIRST_MS = 300;
const RETRY_MAX_MS = 4000;
/** A longer Retry-After is told to the caller instead of waited for. */
const RETRY_AFTER_MAX_SECONDS = 30;

/**
 * Sends requests to one registry: credential, wire version, time limit, bounded retry, problem+json back as AegisError.
 * Throws NETWORK, TIMEOUT, NOT_A_REGISTRY, or what the registry said. @example createTransport(options).json(call, Me)
 */
export function createTransport(options: TransportOptions): Transport {
  const base = parseBase(options.url);
  const read = <T>(call: Call, reader: (response: Response) => Promise<T>) =>
    sendWithRetry(options, base, call, reader);
  return {
    read,
    json: (call, schema) => read(call, async (response) => parseAnswer(await readJson(response, call), schema, call)),
    bytes: (call, bytesMax) => read(call, (response) => readBytes(response, call, bytesMax)),
    nothing: (call) => read(call, async (response) => void (await response.body?.cancel())),
  };
}

function parseBase(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new AegisError('USAGE', {
      detail: `“${url}” is no address of a registry; wanted one like https://registry.example.`,
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

async function sendWithRetry<T>(
  options: TransportOptions,
  base: string,
  call: Call,
  reader: (response: Response) => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await sendOnce(options, base, call, reader);
    } catch (error) {
      const delayMs = error instanceof AegisError ? retryDelayMs(error, call, tried, options.random()) : null;
      if (delayMs === null || !(error instanceof AegisError)) throw error;
      options.onRetry?.({ tried, delayMs, error });
      await options.wait(delayMs, call.signal);
    }
  }
}

/** Milliseconds until the next try; null when there is none. Doubles, with half of it at random. */
function retryDelayMs(error: AegisError, call: Call, tried: number, random: number): number | null {
  if (!(call.idempotent ?? call.method === 'GET') || tried >= TRIES_MAX) return null;
  if (error.code !== 'NETWORK' && error.code !== 'RATE_LIMITED' && error.code !== 'UNAVAILABLE') return null;
  if (error.code === 'UNAVAILABLE' && error.meta?.status !== 503) return null;
  // What a proxy forbids, it forbids again.
  if (typeof error.meta?.proxyStatus === 'number' && error.meta.proxyStatus < 500) return null;
  if (error.code === 'NETWORK' && isTlsRefused(error.cause)) return null;
  const asked = error.meta?.retryAfterSeconds;
  if (typeof asked === 'number') return asked <= RETRY_AFTER_MAX_SECONDS ? asked * 1000 : null;
  const delayMs = Math.min(RETRY_FIRST_MS * 2 ** (tried - 1), RETRY_MAX_MS);
  return Math.round(delayMs * (0.5 + random / 2));
}

async function sendOnce<T>(
  options: TransportOptions,
  base: string,
  call: Call,
  reader: (response: Response) => Promise<T>,
): Promise<T> {
  const timeoutMs = call.timeoutMs ?? options.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const request = await describe(options, call);
  const url = `${base}${call.path}${queryText(call.query)}`;
  try {
    const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
    const response = await options.fetch(url, { ...request, signal });
    const own = options.wire ?? WIRE_VERSION;
    const theirs = response.headers.get(WIRE_HEADER);
    if (theirs !== null && wireStanding(theirs, own) === 'older') throw await outdated(response, theirs, own);
    return await readAnswer(response, { call, url, theirs, own, nowMs: options.now() }, reader);
  } catch (error) {
    if (error instanceof AegisError) throw error;
    // Whoever called it off knows why; it is no failure of the network.
    if (call.signal?.aborted || (error instanceof Error && error.name === 'AbortError')) throw error;
    if (timeout.aborted) {
      throw new AegisError('TIMEOUT', {
        detail: `${url} did not answer within ${timeoutMs / 1000} s. Try again; if it stays so, ask who runs the registry.`,
        cause: error,
      });
    }
    throw new AegisError('NETWORK', { detail: networkDetail(url, error), cause: error });
  }
}

/** What the answer says; a registry that is behind us by a little may refuse what it does not know, and then it is told. */
async function readAnswer<T>(
  response: Response,
  { call, url, theirs, own, nowMs }: { call: Call; url: string; theirs: string | null; own: string; nowMs: number },
  reader: (response: Response) => Promise<T>,
): Promise<T> {
  try {
    if (!response.ok && response.status !== 304) throw await errorOf(response, call, url);
    return await reader(response);
  } catch (error) {
    const hint = error instanceof AegisError ? hintAt(error, response, { theirs, own, nowMs }) : null;
    if (!(error instanceof AegisError) || hint === null) throw error;
    const { code, errors, meta, requestId } = error;
    throw new AegisError(code, {
      detail: `${error.detail ?? error.title} ${hint}`,
      errors,
      ...(meta === undefined ? {} : { meta }),
      ...(requestId === undefined ? {} : { requestId }),
      cause: error,
    });
  }
}

const STRANGE = new Set<string>(['NOT_A_REGISTRY', 'NOT_FOUND', 'VALIDATION_FAILED']);

/** What may lie behind an error that the registry cannot know: that it is behind us, or that our clock is wrong. */
function hintAt(
  error: AegisError,
  response: Response,
  { theirs, own, nowMs }: { theirs: string | null; own: string; nowMs: number },
): string | null {
  if (STRANGE.has(error.code) && theirs !== null && isBehind(theirs, own)) {
    return `The registry speaks wire version ${theirs}, this client ${own}: perhaps it does not know this yet. If so, ask who runs it to upgrade it.`;
  }
  return error.code === 'UNAUTHENTICATED' ? clockHint(response.headers.get('date'), nowMs) : null;
}

async function outdated(response: Response, wire: string, own: string): Promise<AegisError> {
  await response.body?.cancel();
  return new AegisError('REGISTRY_OUTDATED', {
    detail: `The registry speaks wire version ${wire}, this client ${own}. Ask who runs the registry to upgrade it, or use the client that came with it.`,
    meta: { wire },
  });
}

type Init = RequestInit & { duplex?: 'half' };

async function describe(options: TransportOptions, call: Call): Promise<Init> {
  const headers: Record<string, string> = { accept: 'application/json', [WIRE_HEADER]: options.wire ?? WIRE_VERSION };
  Object.assign(headers, options.headers, call.headers);
  const token = await (call.token ?? options.token)();
  if (token !== null) {
    // An invalid header value would end up, spelled out, in the error of fetch.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new AegisError('UNAUTHENTICATED', { detail: 'The token holds characters that no token has.' });
    }
    headers.authorization = `Bearer ${token}`;
  }
  const init: Init = { method: call.method, headers, redirect: 'manual' };
  if (call.json !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(call.json);
  } else if (call.body !== undefined) {
    init.body = call.body();
    if (init.body instanceof ReadableStream) init.duplex = 'half';
  }
  return init;
}

function queryText(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== false) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Puts values into a path, each encoded. @example path`/api/tenants/${tenantId}` */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.map((part, index) => (index === 0 ? part : encodeURIComponent(values[index - 1] ?? '') + part)).join('');
}
