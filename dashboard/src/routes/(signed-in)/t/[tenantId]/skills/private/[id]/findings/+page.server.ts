import { read } from '$lib/server/answers.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { id }, parent, url }) =>
  read(url, async () => {
    const { skill } = await parent();
    return { report: skill.report?.state === 'done' ? await locals.api.skills.report(id) : null };
  });
