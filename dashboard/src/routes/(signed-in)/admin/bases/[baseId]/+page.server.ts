import { adminPaths } from '$lib/paths.ts';
import { change, read, text } from '$lib/server/answers.ts';
import { permissionLines } from '$lib/server/permission-lines.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { baseId }, url }) =>
  read(url, async () => {
    const base = await locals.api.reviews.base(baseId);
    return {
      title: `Base of ${base.agentName}`,
      trail: [{ text: 'Reviews', href: adminPaths.reviews() }],
      base,
      lines: permissionLines(base.permissions),
    };
  });

export const actions: Actions = {
  decide: async ({ request, locals, params: { baseId } }) => {
    const form = await request.formData();
    return change(async () => {
      const status = text(form, 'status') === 'approved' ? 'approved' : 'rejected';
      await locals.api.reviews.decideBase(baseId, { status, notes: text(form, 'notes') });
      return { ok: true };
    });
  },
};
