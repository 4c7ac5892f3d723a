import { type ContextCall, createContext, type DenialReason } from '@aegis/skill-sdk/context';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { ToolFiles } from '@aegis/skill-sdk/types';
import type { BlockedReason } from '@aegis/skill-sdk/wire/blocked';

type Fetch = typeof globalThis.fetch;

const NO_FILES: ToolFiles = {
  read: () => Promise.reject(new Error('not used')),
  write: () => Promise.reject(new Error('not used')),
  list: () => Promise.reject(new Error('not used')),
  remove: () => Promise.reject(new Error('not used')),
};

/**
 * A141: a `fetch` of mode SOFT. The decision is the one of HARD, made by the same code; then the request goes out
 * whatever it was. Where it was redirected to is decided afterwards, so that nothing changes on the way.
 */
export function softFetch(
  fetch: Fetch,
  permissions: PermissionBlock,
  signal: AbortSignal,
  onCall: (call: ContextCall) => void,
): Fetch {
  // The adapter answers without a network, so that only the decision is left of the fence.
  const { context } = createContext({
    permissions,
    signal,
    onCall,
    adapters: {
      fetch: async () => new Response(null, { status: 204 }),
      files: NO_FILES,
      env: () => undefined,
      log: () => {},
    },
  });
  const decide = async (url: string, method: string) => {
    try {
      await context.fetch(url, { method });
    } catch (error) {
      if (!(error instanceof AegisError && error.code === 'PERMISSION_DENIED')) throw error;
    }
  };
  return async (input, init) => {
    const { url, method } = new Request(input, init);
    await decide(url, method);
    const response = await fetch(input, {
      ...init,
      signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]),
    });
    if (response.redirected) await decide(response.url, 'GET');
    return response;
  };
}

/** The word of the blocked-request log for a denial of the context; null for what never could be a request. */
export function blockedReason(reason: DenialReason, isInstalled: boolean): BlockedReason | null {
  switch (reason) {
    case 'raw_ip':
    case 'private_ip':
      return reason;
    case 'port':
      return isInstalled ? 'port' : 'skill_not_installed';
    case 'not_in_allowlist':
    case 'method':
      return isInstalled ? 'not_in_allowlist' : 'skill_not_installed';
    case 'not_declared':
    case 'invalid_path':
    case 'invalid_url':
      return null;
  }
}
