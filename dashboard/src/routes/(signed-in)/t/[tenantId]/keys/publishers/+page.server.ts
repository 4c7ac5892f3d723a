import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, async () => ({ title: 'Trusted publishers', ...(await locals.api.publishers.list(tenantId)) }));

/** Fields `claim:NAME` are what is pinned. */
function claimsOf(form: FormData): Record<string, string> {
  const names = [...form.keys()].filter((name) => name.startsWith('claim:'));
  return Object.fromEntries(names.map((name) => [name.slice('claim:'.length), text(form, name)]));
}

export const actions: Actions = {
  create: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      const { skillName } = await locals.api.publishers.create(tenantId, {
        skillName: text(form, 'skillName'),
        issuerId: text(form, 'issuerId'),
        label: text(form, 'label'),
        claims: claimsOf(form),
        workflows: text(form, 'workflows')
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
        environment: text(form, 'environment') || null,
      });
      return { skillName };
    });
  },
  remove: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.publishers.remove(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
};
