import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { signOut } from '$lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = () => redirect(303, paths.home());

export const actions: Actions = {
  default: async (event) => {
    await signOut(event);
    redirect(303, paths.signIn());
  },
};
