import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { read } from '$lib/server/answers.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { id }, url }) =>
  read(url, async () => ({ versions: (await locals.api.skills.versions(id, { limit: PAGE_ROWS_MAX })).versions }));
