import { AegisError } from '@aegis/skill-sdk/errors';
import { change, read, text } from '$lib/server/answers.ts';
import { parseGroupRoles, SIGN_ON_ROLES } from '$lib/sign-on.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, url }) =>
  read(url, async () => ({ title: 'Single sign-on', sso: await locals.api.sso.get(tenantId) }));

/** What the form of the connection says; an empty secret keeps the one before, unless there is to be none. */
function connectionOf(form: FormData) {
  const clientSecret = form.get('public') === 'on' ? null : text(form, 'clientSecret') || undefined;
  return {
    issuer: text(form, 'issuer'),
    clientId: text(form, 'clientId'),
    clientSecret,
    groupsClaim: text(form, 'groupsClaim') || 'groups',
    roles: parseGroupRoles(text(form, 'roles')),
    fallbackRole: SIGN_ON_ROLES.find(({ value }) => value === text(form, 'fallbackRole'))?.value ?? null,
    mfaValues: text(form, 'mfaValues')
      .split(',')
      .map((value) => value.trim())
      .filter((value) => value !== ''),
    mfaRequired: form.get('mfaRequired') === 'on',
  };
}

export const actions: Actions = {
  configure: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      const required = (await locals.api.sso.get(tenantId)).connection?.required ?? false;
      await locals.api.sso.configure(tenantId, { ...connectionOf(form), required });
      return { ok: true };
    });
  },
  require: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      const { connection } = await locals.api.sso.get(tenantId);
      if (connection === null) throw new AegisError('STATE_CONFLICT', { detail: 'There is no single sign-on yet.' });
      const { hasSecret: _, updatedAt: __, ...rest } = connection;
      await locals.api.sso.configure(tenantId, { ...rest, required: text(form, 'required') === 'yes' });
      return { ok: true };
    });
  },
  remove: ({ locals, params: { tenantId } }) =>
    change(async () => {
      await locals.api.sso.remove(tenantId);
      return { ok: true };
    }),
  test: ({ locals, params: { tenantId } }) => change(() => locals.api.sso.test(tenantId)),
  addDomain: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => ({
      domain: (await locals.api.sso.addDomain(tenantId, { domain: text(form, 'domain') })).domain,
    }));
  },
  checkDomain: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => ({ domain: (await locals.api.sso.checkDomain(tenantId, text(form, 'id'))).domain }));
  },
  confirmDomain: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => ({ domain: (await locals.api.sso.confirmDomain(tenantId, text(form, 'id'))).domain }));
  },
  removeDomain: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.sso.removeDomain(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
};
