import { KEY_SCOPES } from '@aegis/skill-sdk/actions';
import {
  API_KEY_DAYS_DEFAULT,
  API_KEY_DAYS_MAX,
  KEY_OVERLAP_HOURS_DEFAULT,
  KEY_OVERLAP_HOURS_MAX,
  PAGE_ROWS_MAX,
} from '@aegis/skill-sdk/limits';
import { change, read, text, texts } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, async () => ({
    title: 'Keys',
    keys: (await locals.api.keys.list(tenantId, { limit: PAGE_ROWS_MAX })).keys,
    scopes: [...KEY_SCOPES],
    days: { chosen: API_KEY_DAYS_DEFAULT, most: API_KEY_DAYS_MAX },
    overlap: { chosen: KEY_OVERLAP_HOURS_DEFAULT, most: KEY_OVERLAP_HOURS_MAX },
  }));

export const actions: Actions = {
  create: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    const wanted = texts(form, 'scope');
    return change(async () => {
      const { key, secret } = await locals.api.keys.create(tenantId, {
        name: text(form, 'name'),
        scopes: KEY_SCOPES.filter((scope) => wanted.includes(scope)),
        ownedBy: text(form, 'ownedBy') === 'tenant' ? 'tenant' : 'person',
        days: Number(text(form, 'days')) || API_KEY_DAYS_DEFAULT,
      });
      return { secret, name: key.name };
    });
  },
  rotate: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      const { key, secret } = await locals.api.keys.rotate(tenantId, text(form, 'id'), {
        overlapHours: Number(text(form, 'overlapHours')),
        days: Number(text(form, 'days')) || API_KEY_DAYS_DEFAULT,
      });
      return { secret, name: key.name };
    });
  },
  endOverlap: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.keys.endOverlap(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
  revoke: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.keys.revoke(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
};
