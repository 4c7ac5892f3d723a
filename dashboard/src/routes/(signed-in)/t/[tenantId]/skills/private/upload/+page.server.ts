import { AegisError } from '@aegis/skill-sdk/errors';
import { redirect } from '@sveltejs/kit';
import { tenantPaths } from '$lib/paths.ts';
import { change } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ params: { tenantId } }) => ({
  title: 'Upload a skill',
  trail: [{ text: 'Skills', href: tenantPaths(tenantId).skills() }],
});

/** The way for a browser without scripts; the page's own script sends with progress and reads the manifest first. */
export const actions: Actions = {
  default: async ({ request, locals, params: { tenantId } }) => {
    const file = (await request.formData()).get('file');
    const answer = await change(async () => {
      if (!(file instanceof File) || file.size === 0) {
        throw new AegisError('VALIDATION_FAILED', { detail: 'No package was chosen.' });
      }
      return locals.api.skills.upload(new Uint8Array(await file.arrayBuffer()), { tenantId });
    });
    if ('id' in answer) redirect(303, tenantPaths(tenantId).skill(answer.id));
    return answer;
  },
};
