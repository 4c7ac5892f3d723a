import type { RequestEvent } from '@sveltejs/kit';
import { change, text } from './answers.ts';

/** The form actions that mark a version; each reads `id`, `reason` and `replacement` from the form. */
export const markActions = {
  deprecate: (event: RequestEvent) => mark(event, (api, id, body) => api.skills.deprecate(id, body)),
  undeprecate: (event: RequestEvent) => mark(event, (api, id, body) => api.skills.undeprecate(id, body)),
  yank: (event: RequestEvent) => mark(event, (api, id, body) => api.skills.yank(id, body)),
  unyank: (event: RequestEvent) => mark(event, (api, id, body) => api.skills.unyank(id, body)),
};

/** The same for the marks of the platform. */
export const revokeActions = {
  revoke: (event: RequestEvent) => mark(event, (api, id, body) => api.reviews.revoke(id, body)),
  unrevoke: (event: RequestEvent) => mark(event, (api, id, body) => api.reviews.unrevoke(id, body)),
};

interface Body {
  reason: string;
  replacement?: string;
}

async function mark(
  { request, locals }: RequestEvent,
  task: (api: App.Locals['api'], id: string, body: Body) => Promise<unknown>,
) {
  const form = await request.formData();
  const replacement = text(form, 'replacement');
  const body = { reason: text(form, 'reason'), ...(replacement === '' ? {} : { replacement }) };
  return change(async () => {
    await task(locals.api, text(form, 'id'), body);
    return { ok: true };
  });
}
