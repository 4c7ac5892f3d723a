import { AegisError } from '@aegis/skill-sdk/errors';
import { fail, redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { refused, text } from '$lib/server/answers.ts';
import { ownPath } from '$lib/server/own-path.ts';
import { signIn } from '$lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  const next = ownPath(url.searchParams.get('next'));
  if (locals.me !== null) redirect(303, next ?? paths.home());
  return { title: 'Sign in', registry: url.host, next };
};

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData();
    const email = text(form, 'email');
    const password = form.get('password');
    if (email === '' || typeof password !== 'string' || password === '') return fail(422, { email, missing: true });
    try {
      await signIn(event, { email, password });
    } catch (cause) {
      if (!(cause instanceof AegisError)) throw cause;
      const failure = refused(cause);
      return fail(failure.status, { ...failure.data, email });
    }
    redirect(303, ownPath(text(form, 'next')) ?? paths.home());
  },
};
