import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { change, text } from '$lib/server/answers.ts';
import { ownPath } from '$lib/server/own-path.ts';
import type { Actions, PageServerLoad } from './$types';

/** After the password, and again before what cannot be undone. */
export const load: PageServerLoad = ({ locals, url }) => {
  const next = ownPath(url.searchParams.get('next'));
  if (locals.me === null) redirect(303, paths.signIn(next ?? paths.home()));
  return {
    title: 'Second factor',
    email: locals.me.email ?? locals.me.name,
    again: locals.me.pending !== 'second_factor',
    next,
  };
};

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const form = await request.formData();
    const answer = await change(async () => {
      await locals.api.account.proveFactor({ code: text(form, 'code') });
      return null;
    });
    if (answer === null) redirect(303, ownPath(text(form, 'next')) ?? paths.home());
    return answer;
  },
};
