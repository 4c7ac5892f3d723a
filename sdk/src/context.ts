import { AegisError } from './errors.ts';
import { redact } from './log.ts';
import { coversHost, coversPath, type NetworkGrant, type PermissionBlock } from './permissions.ts';
import type { ToolContext, ToolFiles } from './types.ts';

/** Why a call was denied. Those of `net` are words of the blocked-request log. */
export type DenialReason =
  | 'not_in_allowlist'
  | 'port'
  | 'method'
  | 'raw_ip'
  | 'private_ip'
  | 'not_declared'
  | 'invalid_path'
  | 'invalid_url';

/** One thing that a tool asked its context for. */
export interface ContextCall {
  kind: 'net' | 'fs.read' | 'fs.write' | 'env';
  /** net: `host:port`; fs: the normalised path; env: the name. */
  value: string;
  allowed: boolean;
  /** Null when it was allowed. */
  reason: DenialReason | null;
  /** Of a net call: the parts of `value`, and what was asked there. */
  net?: { host: string; port: number; protocol: 'tls' | 'http'; method: string };
}

/** What stands behind the fence. The files' adapter has to refuse symbolic links that lead out of what it serves. */
export interface ContextAdapters {
  fetch: typeof globalThis.fetch;
  files: ToolFiles;
  env(name: string): string | undefined;
  log(message: string, fields?: Record<string, unknown>): void;
}

export interface ContextOptions {
  permissions: PermissionBlock;
  adapters: ContextAdapters;
  signal: AbortSignal;
  /** Paths of the skill's own package, relative to the working directory: always readable. */
  packageFiles?: Iterable<string>;
  /** Called with each call as it is decided, allowed or not. */
  onCall?: (call: ContextCall) => void;
}

/** Browsers and undici follow 20; no honest API needs more than a few. */
const REDIRECTS_MAX = 5;
/** A tool that asks more often than this within one run is in a loop; the record of a run stays small. */
const CALLS_MAX = 10_000;
const PATH_LENGTH_MAX = 4096;
/** A name that stands for "any name" when the question is whether a whole folder is covered. */
const ANY_NAME = '.any-name';

/**
 * A context that grants exactly what a manifest's permissions grant, and the growing list of what was asked of it. What
 * is not declared is refused with PERMISSION_DENIED before an adapter is touched, and recorded. Names are compared, not
 * addresses: where a name resolves to is the business of the egress gateway. Code that goes around its context (global
 * `fetch`, `node:fs`) is not seen here; the dry-run and the cluster see it.
 */
export function createContext(options: ContextOptions): { context: ToolContext; calls: ContextCall[] } {
  const calls: ContextCall[] = [];
  const fence: Fence = {
    ...options,
    own: new Set(options.packageFiles ?? []),
    decide(call, reason, explain) {
      options.signal.throwIfAborted();
      if (calls.length >= CALLS_MAX) {
        throw new AegisError('RATE_LIMITED', { detail: `One run may ask its context at most ${CALLS_MAX} times.` });
      }
      const decided: ContextCall = { ...call, allowed: reason === null, reason };
      calls.push(decided);
      options.onCall?.(decided);
      if (reason === null) return;
      throw new AegisError('PERMISSION_DENIED', {
        detail: explain(),
        meta: { kind: call.kind, value: call.value, reason },
      });
    },
  };
  const context: ToolContext = {
    fetch: (input, init) => fencedFetch(fence, input, init),
    files: fencedFiles(fence),
    env: (name) => fencedEnv(fence, name),
    log: (message, fields) => options.adapters.log(message, fields === undefined ? undefined : redact(fields)),
    signal: options.signal,
  };
  return { context, calls };
}

interface Fence extends ContextOptions {
  own: ReadonlySet<string>;
  /** Records the call; throws when `reason` is not null. */
  decide(call: Omit<ContextCall, 'allowed' | 'reason'>, reason: DenialReason | null, explain: () => string): void;
}

async function fencedFetch(fence: Fence, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let request = readRequest(fence, input, init);
  // A stream could be sent once only; a redirect may ask for the body again.
  const body = request.body === null ? undefined : await request.clone().arrayBuffer();
  const signal = AbortSignal.any([fence.signal, request.signal]);
  for (let hop = 0; ; hop++) {
    checkDestination(fence, new URL(request.url), request.method);
    // Only these members pass: others (undici's `dispatcher`) would lead around the fence.
    const response = await fence.adapters.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(body === undefined || request.body === null ? {} : { body }),
      redirect: 'manual',
      signal,
    });
    if (response.type === 'opaqueredirect') {
      throw new AegisError('PERMISSION_DENIED', { detail: `${request.url} redirects to a place that cannot be seen.` });
    }
    const next = isRedirect(response) ? response.headers.get('location') : null;
    if (next === null || request.redirect === 'manual') return response;
    if (request.redirect === 'error') throw new TypeError(`${request.url} redirects, which the caller ruled out`);
    if (hop >= REDIRECTS_MAX) {
      throw new AegisError('NETWORK', {
        detail: `${request.url} redirects once more after ${REDIRECTS_MAX} redirects.`,
      });
    }
    await response.body?.cancel();
    request = followed(request, response.status, new URL(next, request.url), body);
  }
}

function readRequest(fence: Fence, input: RequestInfo | URL, init?: RequestInit): Request {
  try {
    return new Request(input, init);
  } catch (cause) {
    const value = String(input instanceof Request ? input.url : input).slice(0, 200);
    fence.decide({ kind: 'net', value }, 'invalid_url', () => {
      return `fetch was called with ${JSON.stringify(value)}. It takes an absolute URL without user name and password, such as https://api.example.com/v1 (${cause instanceof Error ? cause.message : cause}).`;
    });
    throw cause;
  }
}

function isRedirect(response: Response): boolean {
  return [301, 302, 303, 307, 308].includes(response.status);
}

/** The request after a redirect, as the Fetch standard (HTTP-redirect fetch) makes it. */
function followed(request: Request, status: number, url: URL, body: ArrayBuffer | undefined): Request {
  const headers = new Headers(request.headers);
  if (new URL(request.url).origin !== url.origin) {
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) headers.delete(name);
  }
  const toGet =
    (status === 303 && !['GET', 'HEAD'].includes(request.method)) ||
    ([301, 302].includes(status) && request.method === 'POST');
  if (toGet) {
    for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']) {
      headers.delete(name);
    }
  }
  const keepsBody = !toGet && body !== undefined && request.body !== null;
  return new Request(url, {
    method: toGet ? 'GET' : request.method,
    headers,
    redirect: request.redirect,
    signal: request.signal,
    ...(keepsBody ? { body } : {}),
  });
}

function checkDestination(fence: Fence, url: URL, method: string): void {
  const { network } = fence.permissions;
  const host = url.hostname.replace(/\.$/, '');
  const protocol = url.protocol === 'https:' ? 'tls' : 'http';
  const port = Number(url.port || (protocol === 'tls' ? 443 : 80));
  const value = url.protocol === 'https:' || url.protocol === 'http:' ? `${host}:${port}` : url.protocol;
  const reason = denialOf(network, url, { host, port, protocol, method });
  fence.decide({ kind: 'net', value, net: { host, port, protocol, method } }, reason, () => {
    const declared = network.map((grant) => `${grant.host}:${grant.ports.join(',')} (${grant.protocol})`);
    return `${method} to ${value} (${protocol}) was refused: ${WHY[reason ?? 'not_declared']}. Declared: ${list(declared)}.${howToDeclare(reason, { host, port, protocol })}`;
  });
}

const WHY: Record<DenialReason, string> = {
  not_in_allowlist: 'the manifest does not declare this host',
  port: 'the manifest declares this host, but not with this port and protocol',
  method: 'the manifest declares this host, but not for this method',
  raw_ip: 'an address was given, and only names can be declared',
  private_ip: 'this is the machine itself or a private network',
  invalid_url: 'only https and http can be declared',
  not_declared: 'the manifest does not declare it',
  invalid_path: 'the path is not one that can be declared',
};

function denialOf(
  network: readonly NetworkGrant[],
  url: URL,
  need: { host: string; port: number; protocol: 'tls' | 'http'; method: string },
): DenialReason | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'invalid_url';
  // URL spells every form of an IPv4 address (octal, hex, one number) as four decimals, and IPv6 in brackets.
  if (/^(\d+\.){3}\d+$|^\[/.test(need.host)) return isPrivateAddress(need.host) ? 'private_ip' : 'raw_ip';
  if (/^[^.]*$|(^|\.)localhost$/.test(need.host)) return 'private_ip';
  const forMethod = network.filter(({ methods }) => methods === undefined || methods.includes(need.method));
  if (coversHost(forMethod, need)) return null;
  if (coversHost(network, need)) return 'method';
  if (PRIVATE_NAME.test(need.host)) return 'private_ip';
  const anyPort = network.map((grant) => ({ ...grant, ports: [need.port], protocol: need.protocol }));
  return coversHost(anyPort, need) ? 'port' : 'not_in_allowlist';
}

/** Names that a machine, a local network or a cluster answers by itself (RFC 6762, RFC 8375). */
const PRIVATE_NAME = /\.(local|internal|lan|localdomain|arpa|svc)$/;

/** Loopback, private, link-local, shared, unspecified and unique-local addresses. */
function isPrivateAddress(host: string): boolean {
  const [a = 0, b = 0] = host.split('.').map(Number);
  if (host.startsWith('[')) return /^\[(::1?\]|::ffff:|f[cd]|fe[89ab])/.test(host);
  return (
    [0, 10, 127].includes(a) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

function howToDeclare(reason: DenialReason | null, need: { host: string; port: number; protocol: string }): string {
  if (reason === 'method') return ` To allow it, add the method to the host's "methods" in manifest.yaml.`;
  if (reason !== 'not_in_allowlist' && reason !== 'port') return '';
  const usual = need.protocol === 'tls' ? 443 : 80;
  const ports = need.port === usual ? '' : `, ports: [${need.port}]`;
  const protocol = need.protocol === 'tls' ? '' : `, protocol: ${need.protocol}`;
  return ` To allow it, add to permissions.network in manifest.yaml: - { host: ${need.host}${ports}${protocol} }`;
}

function fencedFiles(fence: Fence): ToolFiles {
  const { files } = fence.adapters;
  const { read, write } = fence.permissions.files;
  return {
    async read(path) {
      return files.read(checkPath(fence, 'read', path, (at) => coversPath(read, at) || fence.own.has(at)));
    },
    async write(path, content) {
      return files.write(
        checkPath(fence, 'write', path, (at) => coversPath(write, at)),
        content,
      );
    },
    async list(path) {
      const covered = (at: string) => coversPath(read, at === '.' ? ANY_NAME : `${at === '/' ? '' : at}/${ANY_NAME}`);
      return files.list(checkPath(fence, 'read', path, covered));
    },
    async remove(path) {
      return files.remove(checkPath(fence, 'write', path, (at) => coversPath(write, at)));
    },
  };
}

function checkPath(fence: Fence, verb: 'read' | 'write', path: string, covered: (path: string) => boolean): string {
  const normal = normalisePath(path);
  const value = normal ?? String(path).slice(0, 200);
  const reason = normal === null ? 'invalid_path' : covered(normal) ? null : 'not_declared';
  fence.decide({ kind: `fs.${verb}`, value }, reason, () => {
    const declared = fence.permissions.files[verb];
    const asked = `${verb === 'read' ? 'Reading' : 'Writing'} ${JSON.stringify(value)} was refused`;
    return reason === 'invalid_path'
      ? `${asked}: a path is POSIX, not empty, without "..", "~" in front, backslashes and control characters.`
      : `${asked}: the manifest does not declare it. Declared: ${list(declared)}. To allow it, add to permissions.files.${verb} in manifest.yaml: - ${JSON.stringify(value)}`;
  });
  return value;
}

/** The path without `.` and empty segments; null when it is none that can be declared. `..` is refused everywhere. */
function normalisePath(path: unknown): string | null {
  if (typeof path !== 'string' || path === '' || path.length > PATH_LENGTH_MAX || path.startsWith('~')) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return null;
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return null;
  return (path.startsWith('/') ? '/' : '') + segments.join('/') || '.';
}

function fencedEnv(fence: Fence, name: string): string | undefined {
  const { required, optional } = fence.permissions.environment;
  const declared = [...required, ...optional];
  fence.decide({ kind: 'env', value: String(name) }, declared.includes(name) ? null : 'not_declared', () => {
    return `Reading the environment variable ${name} was refused: the manifest does not declare it. Declared: ${list(declared)}. To allow it, add to permissions.environment.optional in manifest.yaml: - ${name}`;
  });
  return fence.adapters.env(name);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
