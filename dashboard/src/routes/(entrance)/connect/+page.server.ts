import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

/** Whoever has an account connects it with the company sign-in that found it: never the other way round. */
export const load: PageServerLoad = ({ locals }) => {
  if (locals.me === null) redirect(303, paths.signIn(paths.connect()));
  if (locals.me.pending === 'second_factor') redirect(303, paths.secondFactor(paths.connect()));
  return { title: 'Connect your account', email: locals.me.email ?? locals.me.name };
};

export const actions: Actions = {
  default: ({ locals }) =>
    change(async () => {
      await locals.api.sso.link();
      return { connected: true };
    }),
};
