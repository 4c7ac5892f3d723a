import { toInstant } from '@aegis/skill-sdk/clock';
import { PAGE_ROWS_MAX } from '@aegis/skill-sdk/limits';
import { type Mail, MailList } from '@aegis/skill-sdk/wire/mails';
import { createRoute } from '@hono/zod-openapi';
import { allowed, json, problem, room, signedIn } from '../http.ts';
import { textOf } from './post.ts';
import { newestMails } from './store.ts';

/** What the registry has written to people. */
export const mail = room().openapi(
  createRoute({
    method: 'get',
    path: '/api/admin/mails',
    security: signedIn,
    responses: { 200: json(MailList, 'The newest mails; texts only of a laptop’s outbox'), default: problem },
  }),
  async (c) => {
    const ctx = allowed(c, 'mail:read', { tenantId: null });
    const rows = await newestMails(ctx, PAGE_ROWS_MAX);
    const mails = rows.map(async (row) => ({
      id: row.id as Mail['id'],
      to: row.recipient,
      subject: row.subject,
      state: row.state,
      tries: row.tries,
      error: row.error,
      text: await textOf(ctx, row),
      createdAt: toInstant(row.createdAtMs),
    }));
    return c.json({ mails: await Promise.all(mails), sender: ctx.config.MAIL_SENDER }, 200);
  },
);
