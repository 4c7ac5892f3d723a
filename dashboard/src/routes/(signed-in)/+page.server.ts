import { redirect } from '@sveltejs/kit';
import { scopesOf } from '$lib/navigation.ts';
import type { PageServerLoad } from './$types';

/** The start is the first scope of the person; who has none is told so. */
export const load: PageServerLoad = async ({ parent }) => {
  const { me } = await parent();
  const first = scopesOf(me)[0];
  if (first !== undefined) redirect(303, first.href);
  return { title: 'No tenant' };
};
