import { read } from '$lib/server/answers.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals, params, url }) =>
  read(url, async () => ({
    tenant: await locals.api.tenants.get(params.tenantId),
    rights: locals.me?.can[params.tenantId] ?? locals.me?.can.platform ?? [],
  }));
