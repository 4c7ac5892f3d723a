import { toRegistry } from '$lib/server/proxy.ts';

/** Every method and path of the registry, on the dashboard's own origin. */
export const fallback = toRegistry;
