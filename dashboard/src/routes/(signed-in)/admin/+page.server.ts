import { redirect } from '@sveltejs/kit';
import { adminPaths } from '$lib/paths.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => redirect(303, adminPaths.reviews());
