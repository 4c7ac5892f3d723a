import { TENANT_ROLES } from '@aegis/skill-sdk/actions';
import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, params: { tenantId }, parent, url }) =>
  read(url, async () => {
    const { tenant } = await parent();
    const page = { limit: PAGE_ROWS_MAX };
    const [{ members }, invitations] = await Promise.all([
      locals.api.tenants.members(tenantId, page),
      // Who may not invite may not read who was invited.
      tenant.can.invite?.allowed
        ? locals.api.tenants.invitations(tenantId, page).then((list) => list.invitations)
        : null,
    ]);
    return { title: 'Members', members, invitations };
  });

export const actions: Actions = {
  invite: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    const role = TENANT_ROLES.find((name) => name === text(form, 'role')) ?? 'member';
    return change(async () => {
      const { url, invitation, mailed } = await locals.api.tenants.invite(tenantId, {
        email: text(form, 'email'),
        role,
      });
      return { link: url, email: invitation.email, mailed };
    });
  },
  withdraw: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.tenants.withdrawInvitation(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
  changeRole: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    const role = TENANT_ROLES.find((name) => name === text(form, 'role')) ?? 'member';
    return change(async () => {
      await locals.api.tenants.changeRole(tenantId, text(form, 'id'), { role });
      return { ok: true };
    });
  },
  remove: async ({ request, locals, params: { tenantId } }) => {
    const form = await request.formData();
    return change(async () => {
      await locals.api.tenants.removeMember(tenantId, text(form, 'id'));
      return { ok: true };
    });
  },
};
