import { type Client, createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { RequestEvent } from '@sveltejs/kit';

/** The registry's client. */
export type Api = Client;

/** What the registry judges a call by: who asks, from which page, from where. */
const FORWARDED = ['cookie', 'origin', 'sec-fetch-site', 'user-agent', 'cf-connecting-ip', 'cf-ipcountry'];

/** The registry's client for the person of this request, over the service binding: no network in between. */
export function createApi(event: RequestEvent): Api {
  return createClient({ url: event.url.origin, fetch: bindingFetch(event), headers: forwardedHeaders(event.request) });
}

/** The registry's client for nobody: what an invitation or a set-up link does has nothing to do with who is signed in. */
export function createAnonymousApi(event: RequestEvent): Api {
  const { cookie: _, ...headers } = forwardedHeaders(event.request);
  return createClient({ url: event.url.origin, fetch: bindingFetch(event), headers });
}

/** The headers of the person's own request that the registry must see. */
export function forwardedHeaders(request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

/** `fetch` that goes to the registry's Worker. Throws UNAVAILABLE where the binding is missing. */
export function bindingFetch(event: RequestEvent): typeof fetch {
  const binding = event.platform?.env?.API;
  if (binding === undefined) {
    throw new AegisError('UNAVAILABLE', {
      detail: 'The dashboard runs without its registry: the binding API is missing.',
    });
  }
  return (input, init) => binding.fetch(input, init);
}
