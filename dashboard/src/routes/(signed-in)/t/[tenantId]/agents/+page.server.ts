import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { redirect } from '@sveltejs/kit';
import { tenantPaths } from '$lib/paths.ts';
import { change, read, text } from '$lib/server/answers.ts';
import { parseLabels } from '$lib/server/lines.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, async () => {
    const cursor = url.searchParams.get('cursor');
    const list = await locals.api.agents.list(tenantId, {
      limit: PAGE_ROWS_MAX,
      ...(cursor === null ? {} : { cursor }),
    });
    return { title: 'Agents', ...list };
  });

export const actions: Actions = {
  create: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    const matchLabels = parseLabels(text(form, 'labels'));
    const answer = await change(() =>
      locals.api.agents.create(tenantId, {
        name: text(form, 'name'),
        clusterId: text(form, 'clusterId') || null,
        ...(Object.keys(matchLabels).length === 0 ? {} : { selector: { matchLabels } }),
      }),
    );
    if ('id' in answer) redirect(303, tenantPaths(tenantId).agent(answer.id));
    return answer;
  },
};
