import { ERROR_ADVICE } from '@aegis/skill-sdk/error-advice';
import { errorCodes } from '@aegis/skill-sdk/errors';
import { error } from '@sveltejs/kit';
import { paths } from '$lib/paths.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
  const wanted = params.code.toUpperCase().replaceAll('-', '_');
  const entry = errorCodes().find(({ code }) => code === wanted);
  if (entry === undefined) error(404, { message: `There is no error code ${wanted}.`, code: 'NOT_FOUND' });
  const trail = [{ text: 'Errors', href: paths.docsErrors() }];
  return { title: entry.code, trail, entry, advice: ERROR_ADVICE[entry.code] };
};
