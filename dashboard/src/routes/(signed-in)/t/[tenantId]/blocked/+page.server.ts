import { read } from '$lib/server/answers.ts';
import { readBlocked } from '$lib/server/blocked.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, () => readBlocked(locals.api, url, tenantId));
