import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls, { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Agent, Dispatcher, ProxyAgent } from 'undici';
import { causeCode } from '../answers.ts';
import { AegisError } from '../errors.ts';
import { type HttpProxy, type ProxySettings, proxyFor, readProxies } from './proxies.ts';

type Fetch = typeof globalThis.fetch;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A fetch that goes out as an office wants it: through the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and
 * trusting the CA of `AEGIS_CA_FILE` beside those of Node. With none of them set it is `fetch` itself. Throws USAGE when
 * one of them is wrong; what it returns throws NETWORK for a proxy that fails or refuses.
 */
export function outboundFetch(environment: Environment, direct: Fetch = globalThis.fetch): Fetch {
  const { proxies, trust, dispatcher } = openOutbound(environment);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const proxy = proxyFor(url, proxies);
    if (proxy === null && trust === undefined) return direct(input, init);
    const way = { ...init, dispatcher: await dispatcher(proxy) };
    if (proxy === null) return direct(input, way as RequestInit);
    try {
      return await direct(input, way as RequestInit);
    } catch (error) {
      throw proxyFailure(error, proxy, url) ?? error;
    }
  };
}

interface Outbound {
  proxies: ProxySettings;
  /** Undefined: what Node trusts by itself. */
  trust: SecureContext | undefined;
  dispatcher(proxy: HttpProxy | null): Promise<Dispatcher>;
}

function openOutbound(environment: Environment): Outbound {
  const proxies = readProxies(environment);
  const trust = readTrust(environment);
  const known = new Map<string, Promise<Agent | ProxyAgent>>();
  const open = async (proxy: HttpProxy | null) => {
    // Loaded only where it is needed: most people have neither proxy nor CA, and wait for nothing.
    const { Agent, ProxyAgent } = await import('undici');
    const trusting = trust === undefined ? {} : { secureContext: trust };
    if (proxy === null) return new Agent({ connect: trusting });
    return new ProxyAgent({
      uri: proxy.origin,
      ...(proxy.credential === null ? {} : { token: proxy.credential }),
      requestTls: trusting,
      proxyTls: trusting,
    });
  };
  return {
    proxies,
    trust,
    dispatcher(proxy) {
      const key = proxy === null ? '' : proxy.variable;
      const dispatcher = known.get(key) ?? open(proxy);
      known.set(key, dispatcher);
      return dispatcher;
    },
  };
}

function readTrust(environment: Environment): SecureContext | undefined {
  const path = environment.AEGIS_CA_FILE ?? '';
  if (path === '') return undefined;
  const wanted = 'wanted a file with the certificate of your CA as PEM (-----BEGIN CERTIFICATE-----)';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new AegisError('USAGE', {
      detail: `AEGIS_CA_FILE names ${path}, which cannot be read${code}; ${wanted}.`,
      cause,
    });
  }
  const own = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const refuse = (found: string, cause?: unknown) =>
    new AegisError('USAGE', {
      detail: `AEGIS_CA_FILE names ${path}, which holds ${found}; ${wanted}. From DER: openssl x509 -inform der -in FILE -out FILE.pem`,
      cause,
    });
  if (own.length === 0) throw refuse('no such certificate');
  try {
    // A context takes anything between those lines and trusts nobody for it.
    for (const certificate of own) new X509Certificate(certificate);
    return createSecureContext({ ca: [...trustedByNode(environment), ...own] });
  } catch (cause) {
    throw refuse('a certificate that cannot be read', cause);
  }
}

/** Naming a CA replaces those that Node knows, so they are named again, with the ones of NODE_EXTRA_CA_CERTS. */
function trustedByNode(environment: Environment): readonly string[] {
  // Node 22.15 and newer.
  if (typeof tls.getCACertificates === 'function') return tls.getCACertificates('default');
  const extra = environment.NODE_EXTRA_CA_CERTS ?? '';
  if (extra === '') return rootCertificates;
  try {
    return [...rootCertificates, readFileSync(extra, 'utf8')];
  } catch {
    // Node itself has warned of it at its start.
    return rootCertificates;
  }
}

const NO_WAY = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** What a failure through a proxy says of the proxy itself; null when it may be the registry's. */
function proxyFailure(error: unknown, proxy: HttpProxy, url: URL): AegisError | null {
  const named = `the proxy ${proxy.origin} (${proxy.variable})`;
  const code = causeCode(error);
  const status = /Proxy response \((\d{3})\)/.exec(causeMessage(error))?.[1];
  if (status !== undefined) {
    return new AegisError('NETWORK', {
      detail: `${capital(named)} answered ${status} when asked for ${url.host}: ${refusalWords(Number(status), proxy)}`,
      meta: { proxyStatus: Number(status) },
      cause: error,
    });
  }
  if (code === null || !NO_WAY.test(code)) return null;
  // The registry's own name and port are the proxy's business: only the proxy itself is connected to from here.
  return new AegisError('NETWORK', {
    detail: `Cannot reach ${named} (${code}). Check its address, your network and VPN; what needs no proxy is named in NO_PROXY.`,
    cause: error,
  });
}

function refusalWords(status: number, proxy: HttpProxy): string {
  if (status === 407 && proxy.credential !== null) {
    return `it does not take the user and password in ${proxy.variable}. Correct them (with % as %25 and @ as %40).`;
  }
  if (status === 407) {
    return `it wants a user and a password. Name them: ${proxy.variable}=${proxy.origin.replace('//', '//USER:PASSWORD@')} (with % as %25 and @ as %40).`;
  }
  if (status >= 500) return 'it cannot reach that address. Try again; if it stays so, ask who runs the proxy.';
  return 'it does not let that address through. Ask who runs the proxy, or name it in NO_PROXY if it is reached directly.';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The messages of an error and of its causes, in one text. */
function causeMessage(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${error.message}\n${causeMessage(error.cause)}`;
}
