import { BlockList, isIP } from 'node:net';
import { AegisError } from '../errors.ts';

export interface HttpProxy {
  /** Without user and password. */
  origin: string;
  /** `Basic …`, when the address names a user. */
  credential: string | null;
  /** The variable that named it, for people. */
  variable: string;
}

export interface ProxySettings {
  http: HttpProxy | null;
  https: HttpProxy | null;
  /** True for what is reached directly: loopback always, and whatever NO_PROXY names. */
  isExempt(url: URL): boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxies of an environment: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, where the lower-case spelling wins.
 * NO_PROXY takes names (with all below them), `*`, addresses and networks such as 10.0.0.0/8, each with an optional port.
 * @throws AegisError USAGE for an address that is none
 */
export function readProxies(environment: Environment): ProxySettings {
  const [, exempt = ''] = readVariable(environment, 'NO_PROXY') ?? [];
  return {
    http: parseProxy(readVariable(environment, 'HTTP_PROXY')),
    https: parseProxy(readVariable(environment, 'HTTPS_PROXY')),
    isExempt: parseExempt(exempt),
  };
}

/** The proxy that an address is reached through; null: directly. */
export function proxyFor(url: URL, settings: ProxySettings): HttpProxy | null {
  const proxy = url.protocol === 'https:' ? settings.https : settings.http;
  return proxy === null || settings.isExempt(url) ? null : proxy;
}

/** Its name as it was given, and its value; null when neither spelling has one. */
function readVariable(environment: Environment, name: string): [name: string, value: string] | null {
  for (const spelling of [name.toLowerCase(), name]) {
    const value = environment[spelling]?.trim() ?? '';
    if (value !== '') return [spelling, value];
  }
  return null;
}

function parseProxy(given: [name: string, value: string] | null): HttpProxy | null {
  if (given === null) return null;
  const [variable, value] = given;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    // The value may hold a password, so it is not repeated.
    const found = url === null ? 'something that is no address' : `a proxy of the kind ${url.protocol.slice(0, -1)}`;
    throw new AegisError('USAGE', {
      detail: `${variable} names ${found}; wanted http://HOST:PORT or https://HOST:PORT. Correct or unset it.`,
    });
  }
  return { origin: url.origin, credential: credentialOf(url, variable), variable };
}

function credentialOf({ username, password }: URL, variable: string): string | null {
  if (username === '') return null;
  try {
    const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(plain).toString('base64')}`;
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `The user or password in ${variable} is not percent-encoded; write % as %25 and @ as %40.`,
      cause,
    });
  }
}

/** Loopback never leaves the machine, whatever the variables say: a proxy would reach another machine under that name. */
const LOOPBACK = 'localhost 127.0.0.0/8 ::1';

function parseExempt(text: string): (url: URL) => boolean {
  const rules = `${LOOPBACK} ${text}`
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseRule);
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return rules.some((rule) => (rule.port === null || rule.port === port) && rule.matches(host));
  };
}

interface Rule {
  port: string | null;
  matches(host: string): boolean;
}

function parseRule(entry: string): Rule {
  const [, name = entry, port = null] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  const bare = name
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '')
    .toLowerCase();
  const [address = '', bits] = bare.split('/');
  const family = isIP(address);
  if (bare === '*') return { port, matches: () => true };
  if (family === 0) return { port, matches: (host) => host === bare || host.endsWith(`.${bare}`) };
  const list = new BlockList();
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  const most = family === 6 ? 128 : 32;
  // What is no network is taken for the one address: an entry that cannot be read exempts as little as possible.
  const length = bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= most ? Number(bits) : most;
  list.addSubnet(address, length, kind);
  return { port, matches: (host) => isIP(host) === family && list.check(host, kind) };
}
