import { KEY_SCOPES } from '@aegis/skill-sdk/actions';
import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change, text, texts } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

/** RFC 8628, section 3.3: where a person lets in a device. A link only fills in the code: nothing is claimed by opening it. */
export const load: PageServerLoad = ({ locals, url }) => {
  const code = url.searchParams.get('code') ?? '';
  if (locals.me === null) redirect(303, paths.signIn(paths.device(code)));
  if (locals.me.pending === 'second_factor') redirect(303, paths.secondFactor(paths.device(code)));
  if (locals.me.pending === 'enrolment') redirect(303, paths.account());
  return { title: 'Let in a device', who: locals.me.email ?? locals.me.name, code };
};

export const actions: Actions = {
  look: async ({ request, locals }) => {
    const userCode = text(await request.formData(), 'code');
    return change(async () => ({ step: 'decide' as const, request: await locals.api.device.look({ userCode }) }));
  },
  approve: async ({ request, locals }) => {
    const form = await request.formData();
    const wanted = texts(form, 'scope');
    return change(async () => {
      await locals.api.device.decide({
        decision: 'approve',
        userCode: text(form, 'code'),
        tenantId: text(form, 'tenantId'),
        scopes: KEY_SCOPES.filter((scope) => wanted.includes(scope)),
      });
      return { step: 'approved' as const };
    });
  },
  deny: async ({ request, locals }) => {
    const userCode = text(await request.formData(), 'code');
    return change(async () => {
      await locals.api.device.decide({ decision: 'deny', userCode });
      return { step: 'denied' as const };
    });
  },
};
