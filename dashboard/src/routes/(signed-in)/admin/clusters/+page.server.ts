import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { worstFirst } from '$lib/cluster-order.ts';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) =>
  read(url, async () => {
    const cursor = url.searchParams.get('cursor');
    const list = await locals.api.clusters.list({ limit: PAGE_ROWS_MAX, ...(cursor === null ? {} : { cursor }) });
    return { title: 'Clusters', clusters: worstFirst(list.clusters), nextCursor: list.nextCursor };
  });

export const actions: Actions = {
  create: async ({ request, locals }) => {
    const form = await request.formData();
    return change(async () => {
      const { cluster, joinToken } = await locals.api.clusters.create({
        name: text(form, 'name'),
        dryRun: form.has('dryRun'),
      });
      return { joinToken, name: cluster.name };
    });
  },
};
