import { PASSWORD_LENGTH_MIN } from '@aegis/skill-sdk/limits';
import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change, text } from '$lib/server/answers.ts';
import { createAnonymousApi } from '$lib/server/api.ts';
import { signIn } from '$lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url }) => ({
  title: 'Set up',
  registry: url.host,
  token: url.searchParams.get('token') ?? '',
  passwordLengthMin: PASSWORD_LENGTH_MIN,
});

/** Makes the first platform admin and signs them in. */
export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const email = text(form, 'email');
    const password = String(form.get('password') ?? '');
    const answer = await change(async () => {
      await createAnonymousApi(event).setup({ token: text(form, 'token'), email, name: text(form, 'name'), password });
      await signIn(event, { email, password });
      return null;
    });
    if (answer === null) redirect(303, paths.home());
    return answer;
  },
};
