import { AegisError } from '@aegis/skill-sdk/errors';
import { apiPaths } from '$lib/paths.ts';
import { read } from '$lib/server/answers.ts';
import { bindingFetch } from '$lib/server/api.ts';
import { findRoutes, readApiReference } from '$lib/server/api-reference.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const document = await read(event.url, async () => {
    const answer = await bindingFetch(event)(new URL(apiPaths.openapi(), event.url));
    if (!answer.ok) throw new AegisError('UNAVAILABLE', { detail: `The document answered ${answer.status}.` });
    return await answer.json();
  });
  const { version, groups, shapes } = readApiReference(document);
  const q = event.url.searchParams.get('q')?.trim() ?? '';
  return { title: 'API', version, groups: findRoutes(groups, q), shapes, q };
};
