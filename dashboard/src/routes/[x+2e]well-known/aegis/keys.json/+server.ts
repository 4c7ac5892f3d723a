import { toRegistry } from '$lib/server/proxy.ts';

/** The registry's public keys. */
export const GET = toRegistry;
