import { read } from '$lib/server/answers.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) =>
  read(url, async () => ({ title: 'Mail', ...(await locals.api.mails.list()) }));
