import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { error } from '@sveltejs/kit';
import { read } from '$lib/server/answers.ts';
import type { LayoutServerLoad } from './$types';

/** The platform's pages: for its people, with what waits for a reviewer. */
export const load: LayoutServerLoad = ({ locals, url }) =>
  read(url, async () => {
    if (locals.me !== null && locals.me.platformRole === null) {
      error(404, { message: 'There is no such page.', code: 'NOT_FOUND' });
    }
    const { reviews } = await locals.api.reviews.list({ limit: PAGE_ROWS_MAX });
    return { reviews, waiting: reviews.length };
  });
