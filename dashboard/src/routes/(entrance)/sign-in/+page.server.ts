import { AegisError, toProblem } from '@aegis/skill-sdk/errors';
import { SSO_REFUSALS } from '@aegis/skill-sdk/wire/sso';
import { fail, redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change, refused, text } from '$lib/server/answers.ts';
import { ownPath } from '$lib/server/own-path.ts';
import { signIn, startAtCompany } from '$lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  const refusal = SSO_REFUSALS.find((reason) => reason === url.searchParams.get('sso')) ?? null;
  // An account that exists is connected by whoever signs in to it now.
  const next = refusal === 'link' ? paths.connect() : ownPath(url.searchParams.get('next'));
  if (locals.me !== null && (refusal === null || refusal === 'link')) redirect(303, next ?? paths.home());
  return { title: 'Sign in', registry: url.host, next, refusal };
};

export const actions: Actions = {
  password: async (event) => {
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
  company: async (event) => {
    const form = await event.request.formData();
    const email = text(form, 'email');
    if (email === '') {
      const detail = 'Enter your e-mail at the company: its domain says where to go.';
      const missing = new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/email', detail }] });
      return fail(422, { email, problem: toProblem(missing) });
    }
    const next = ownPath(text(form, 'next')) ?? paths.home();
    return change(async () => ({ email, company: await startAtCompany(event, { email, next }) }));
  },
};
