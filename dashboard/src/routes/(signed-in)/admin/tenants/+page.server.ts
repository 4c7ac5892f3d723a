import { PLATFORM_ROLES } from '@aegis/skill-sdk/actions';
import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) =>
  read(url, async () => {
    const cursor = url.searchParams.get('cursor');
    const list = await locals.api.tenants.list({ limit: PAGE_ROWS_MAX, ...(cursor === null ? {} : { cursor }) });
    return { title: 'Tenants', ...list };
  });

export const actions: Actions = {
  create: async ({ request, locals }) => {
    const form = await request.formData();
    return change(async () => {
      const { tenant, invitationUrl, mailed } = await locals.api.tenants.create({
        slug: text(form, 'slug'),
        name: text(form, 'name'),
        ownerEmail: text(form, 'ownerEmail'),
      });
      return { link: invitationUrl, subject: tenant.name, email: text(form, 'ownerEmail'), mailed };
    });
  },
  invite: async ({ request, locals }) => {
    const form = await request.formData();
    const role = PLATFORM_ROLES.find((name) => name === text(form, 'role')) ?? 'auditor';
    return change(async () => {
      const { url, invitation, mailed } = await locals.api.invitations.create({ email: text(form, 'email'), role });
      return { link: url, subject: 'the platform', email: invitation.email, mailed };
    });
  },
};
