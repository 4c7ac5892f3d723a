import { type Client, createClient } from '../client.ts';
import { AegisError } from '../errors.ts';
import { parseId } from '../ids.ts';
import type { KeySet } from '../wire/clusters.ts';
import { readCredentials } from './credentials.ts';
import type { Io } from './io.ts';
import { ownVersion } from './own-version.ts';
import { storedToken } from './stored-token.ts';
import { progressLine } from './terminal.ts';

/** Options of every command that talks to a registry. */
export const registryOptions = {
  registry: {
    type: 'string',
    value: 'URL',
    text: 'Address of the registry (default: AEGIS_REGISTRY, else the last login)',
  },
  tenant: { type: 'string', value: 'NAME', text: 'Which tenant, by short name or id (needed when you are in several)' },
} as const;

export interface Registry {
  url: string;
  client: Client;
  /** Those pinned at login; null when this machine never signed in there. */
  pinnedKeys: KeySet | null;
}

/** The registry that a command means, with the credential for it. @throws AegisError USAGE, UNAUTHENTICATED */
export async function openRegistry(io: Io, asked: string | undefined, warn: (line: string) => void): Promise<Registry> {
  const url = await registryUrl(io, asked);
  const stored = (await readCredentials(io)).registries[url];
  // A stored token goes only to the registry that it was stored for.
  const given = nonEmpty(io.env.AEGIS_TOKEN);
  if (given === undefined && stored === undefined) {
    throw new AegisError('UNAUTHENTICATED', { detail: `You are not signed in to ${url}.` });
  }
  const token = given ?? (stored === undefined ? undefined : await storedToken(io, url, stored));
  return { url, client: connect(io, url, token, warn), pinnedKeys: stored?.keys ?? null };
}

/** The address of the registry that a command means. @throws AegisError UNAUTHENTICATED when none is named */
export async function registryUrl(io: Io, asked: string | undefined): Promise<string> {
  const named = asked ?? nonEmpty(io.env.AEGIS_REGISTRY) ?? (await readCredentials(io)).current;
  if (named !== null) return normaliseUrl(named);
  throw new AegisError('UNAUTHENTICATED', {
    detail: 'No registry is known here. Name one with --registry URL or AEGIS_REGISTRY.',
  });
}

/** A client that says on the terminal when it tries again. */
export function connect(io: Io, url: string, token: string | undefined, warn: (line: string) => void): Client {
  return createClient({
    url,
    token,
    fetch: withWaiting(io, url),
    headers: { 'user-agent': `aegis/${ownVersion()}` },
    onRetry: ({ delayMs, error }) => warn(`${error.title}. Trying again in ${(delayMs / 1000).toFixed(1)} s …`),
  });
}

/** A person sees what is waited for; a request that is answered within this time says nothing. */
const WAITING_MS = 1000;

function withWaiting(io: Io, url: string): typeof globalThis.fetch {
  if (!io.terminal.stderr) return io.fetch;
  return async (input, init) => {
    const line = progressLine(io, false);
    const timer = setTimeout(() => line.update(`Waiting for ${new URL(url).host} …`), WAITING_MS);
    try {
      return await io.fetch(input, init);
    } finally {
      clearTimeout(timer);
      line.done();
    }
  };
}

/** One spelling for one registry: origin and path, without a slash at the end. */
export function normaliseUrl(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) {
    throw new AegisError('USAGE', {
      detail: `“${text}” is no address of a registry; wanted one like https://registry.example.`,
    });
  }
  const { origin, pathname } = new URL(withScheme);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** The id of the tenant that a command means: the named one, or the only one in which the caller may do it. */
export async function chooseTenant(client: Client, asked: string | undefined, action: string): Promise<string> {
  const { tenants, can } = await client.me();
  const able = tenants.filter(({ id }) => can[id]?.includes(action) ?? false);
  if (asked !== undefined) {
    const found = tenants.find(({ id, slug }) => id === asked || slug === asked);
    if (found !== undefined) return found.id;
    // People of the platform read tenants that they are no member of.
    if (parseId('tenant', asked) !== null) return asked;
    const names = tenants.map(({ slug }) => slug).join(', ') || 'none';
    throw new AegisError('USAGE', { detail: `You are in no tenant “${asked}”. Yours: ${names}.` });
  }
  const [only, ...others] = able;
  if (only !== undefined && others.length === 0) return only.id;
  if (only === undefined)
    throw new AegisError('FORBIDDEN', { detail: `You are in no tenant in which you may do this (${action}).` });
  throw new AegisError('USAGE', {
    detail: `You are in several tenants. Choose one with --tenant: ${able.map(({ slug }) => slug).join(', ')}.`,
  });
}

/** An empty variable counts as none. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
