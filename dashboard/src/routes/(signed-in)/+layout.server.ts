import { redirect } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import { read } from '$lib/server/answers.ts';
import type { LayoutServerLoad } from './$types';

/** Nothing of the product is shown before sign-in. */
export const load: LayoutServerLoad = ({ locals, url }) =>
  read(url, async () => {
    if (locals.trouble !== null) throw locals.trouble;
    if (locals.me === null) redirect(303, paths.signIn(url.pathname + url.search));
    if (locals.me.pending === 'second_factor') redirect(303, paths.secondFactor(url.pathname + url.search));
    if (locals.me.pending === 'enrolment' && url.pathname !== paths.account()) redirect(303, paths.account());
    return { me: locals.me };
  });
