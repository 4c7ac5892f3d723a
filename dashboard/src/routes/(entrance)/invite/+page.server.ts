import { AegisError } from '@aegis/skill-sdk/errors';
import { PASSWORD_LENGTH_MIN } from '@aegis/skill-sdk/limits';
import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change, read, text } from '$lib/server/answers.ts';
import { type Api, createAnonymousApi } from '$lib/server/api.ts';
import { signIn } from '$lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

/** What an invitation offers, before anything is typed. */
export const load: PageServerLoad = (event) =>
  read(event.url, async () => {
    const { url } = event;
    const token = url.searchParams.get('token') ?? '';
    return {
      title: 'Invitation',
      registry: url.host,
      token,
      offer: token === '' ? null : await offerOf(createAnonymousApi(event), token),
      passwordLengthMin: PASSWORD_LENGTH_MIN,
    };
  });

/** Null for an invitation that is unknown, used, withdrawn or too old. */
async function offerOf(api: Api, token: string) {
  try {
    return await api.invitations.preview(token);
  } catch (cause) {
    if (cause instanceof AegisError && cause.code === 'NOT_FOUND') return null;
    throw cause;
  }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const token = text(form, 'token');
    const password = String(form.get('password') ?? '');
    const answer = await change(async () => {
      const api = createAnonymousApi(event);
      const { email } = await api.invitations.preview(token);
      await api.invitations.accept({ token, name: text(form, 'name') || email, password });
      await signIn(event, { email, password });
      return null;
    });
    if (answer === null) redirect(303, paths.home());
    return answer;
  },
};
