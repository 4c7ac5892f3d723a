import { read } from '$lib/server/answers.ts';
import { readAudit } from '$lib/server/audit.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, () => readAudit(locals.api, url, tenantId));
