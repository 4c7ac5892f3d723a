import { and, desc, eq, isNotNull, lt, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { batch, type Db, type Statement } from '../db.ts';
import { mails } from '../schema/people.ts';

export type MailRow = typeof mails.$inferSelect;

/** The rows of a new mail; texts whose links have ended are forgotten with it. */
export function mailRows(ctx: Context, row: MailRow): Statement[] {
  return [
    ctx.db
      .update(mails)
      .set({ sealed: null })
      .where(and(lt(mails.expiresAtMs, ctx.nowMs), isNotNull(mails.sealed))),
    ctx.db.insert(mails).values(row),
  ];
}

export async function newestMails(ctx: Context, limit: number): Promise<MailRow[]> {
  return await ctx.db.select().from(mails).orderBy(desc(mails.id)).limit(limit);
}

/** Takes a mail that waits, once more; undefined when it is gone, done or given up. */
export async function claimMail(db: Db, id: string): Promise<MailRow | undefined> {
  const [row] = await db
    .update(mails)
    .set({ tries: sql`tries + 1` })
    .where(and(eq(mails.id, id), eq(mails.state, 'queued')))
    .returning();
  return row;
}

/** What became of a try; the text of a mail that is sent or given up is forgotten. */
export async function settleMail(db: Db, id: string, state: MailRow['state'], error: string | null): Promise<void> {
  const kept = state === 'queued' ? {} : { sealed: null };
  await batch(db, [
    db
      .update(mails)
      .set({ state, error, ...kept })
      .where(eq(mails.id, id)),
  ]);
}
