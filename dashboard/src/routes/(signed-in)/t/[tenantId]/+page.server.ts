import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

const ROWS_SHOWN = 6;

/** What waits, what is blocked, what is new. */
export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, async () => {
    const [waiting, newest, blocked] = await Promise.all([
      locals.api.skills.list({ tenantId, status: 'pending_review', all: true, limit: PAGE_ROWS_MAX }),
      locals.api.skills.list({ tenantId, all: true, limit: ROWS_SHOWN }),
      locals.api.blocked.list({ tenantId, limit: ROWS_SHOWN }),
    ]);
    return { title: 'Overview', waiting: waiting.skills, newest: newest.skills, blocked };
  });

export const actions: Actions = {
  dryRun: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.tenants.update(tenantId, {
        dryRun: text(form, 'dryRun') === 'required' ? 'required' : 'optional',
      });
      return { ok: true };
    });
  },
};
