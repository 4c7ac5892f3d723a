import { PASSWORD_LENGTH_MIN } from '@aegis/skill-sdk/limits';
import { renderSVG } from 'uqr';
import { change, read, text } from '$lib/server/answers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) =>
  read(url, async () => ({
    title: 'Account',
    security: await locals.api.account.security(),
    // A session that must enrol first may not look further yet.
    sessions: locals.me?.pending === null ? (await locals.api.account.sessions()).sessions : [],
    passwordLengthMin: PASSWORD_LENGTH_MIN,
  }));

export const actions: Actions = {
  startTotp: async ({ request, locals }) => {
    const form = await request.formData();
    return change(async () => {
      const { secret, uri } = await locals.api.account.startTotp({ password: String(form.get('password') ?? '') });
      return { secret, picture: renderSVG(uri, { border: 2 }) };
    });
  },
  confirmTotp: async ({ request, locals }) => {
    const form = await request.formData();
    return change(() => locals.api.account.confirmTotp({ code: text(form, 'code') }));
  },
  removeTotp: ({ locals }) => done(() => locals.api.account.removeTotp()),
  renewCodes: ({ locals }) => change(() => locals.api.account.renewBackupCodes()),
  renamePasskey: async ({ request, locals }) => {
    const form = await request.formData();
    return done(() => locals.api.account.renamePasskey(text(form, 'id'), { name: text(form, 'name') }));
  },
  removePasskey: async ({ request, locals }) => {
    const form = await request.formData();
    return done(() => locals.api.account.removePasskey(text(form, 'id')));
  },
  changePassword: async ({ request, locals }) => {
    const form = await request.formData();
    const password = (name: string) => String(form.get(name) ?? '');
    return done(() => locals.api.account.changePassword({ current: password('current'), next: password('next') }));
  },
  endSession: async ({ request, locals }) => {
    const form = await request.formData();
    return done(() => locals.api.account.endSession(text(form, 'id')));
  },
  endOthers: ({ locals }) => done(() => locals.api.account.endOtherSessions()),
};

function done(task: () => Promise<void>) {
  return change(async () => {
    await task();
    return { ok: true };
  });
}
