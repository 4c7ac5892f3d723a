import { createLog } from '@aegis/skill-sdk/log';
import type { Context, Mail, Posted } from '../context.ts';
import { openDb } from '../db.ts';
import { type Config, type Env, parseConfig } from '../env.ts';
import { askOutside } from '../outside.ts';
import { seal, unseal } from '../sealed.ts';
import * as store from './store.ts';

/** After so many tries a mail is given up; the page says so, and its link can be copied from a new invitation. */
const TRIES_MAX = 3;
const AGAIN_AFTER_SECONDS = 60;

const sealedFor = (id: string) => `mail ${id}`;

/**
 * Writes a mail by the sender that is configured: rows for the batch of what causes it, and what to do once they are
 * stored. Null where nobody is sent anything.
 */
export async function postMail(ctx: Context, mail: Mail): Promise<Posted | null> {
  const { MAIL_SENDER, AUTH_SECRET } = ctx.config;
  if (MAIL_SENDER === 'off') return null;
  const id = ctx.newId('mail');
  const { to, subject, text, expiresAtMs } = mail;
  const rows = store.mailRows(ctx, {
    ...{ id, recipient: to, subject, expiresAtMs, createdAtMs: ctx.nowMs, tries: 0, error: null },
    sealed: await seal(AUTH_SECRET, sealedFor(id), text),
    state: MAIL_SENDER === 'outbox' ? 'kept' : 'queued',
  });
  const send = async () => {
    if (MAIL_SENDER === 'http') await ctx.env.ANALYSES.send({ mailId: id });
  };
  return { rows, send };
}

/** The text of a mail that is kept here; null when there is none, or its link has ended. */
export async function textOf(ctx: Context, row: store.MailRow): Promise<string | null> {
  if (row.state !== 'kept' || row.sealed === null || row.expiresAtMs <= ctx.nowMs) return null;
  return await unseal(ctx.config.AUTH_SECRET, sealedFor(row.id), row.sealed).catch(() => null);
}

/** Sends one mail of the queue. A message may come twice: the provider gets the mail's id as Idempotency-Key. */
export async function sendQueued(message: Message<{ mailId: string }>, env: Env): Promise<void> {
  const db = openDb(env.DB);
  const row = await store.claimMail(db, message.body.mailId);
  if (row === undefined || row.sealed === null) return message.ack();
  const reason = await deliver(parseConfig(env), row, row.sealed);
  if (reason === null) await store.settleMail(db, row.id, 'sent', null);
  else {
    const isLast = row.tries >= TRIES_MAX;
    createLog((line) => console.log(line), Date.now).error('mail failed', { mailId: row.id, reason, tries: row.tries });
    await store.settleMail(db, row.id, isLast ? 'failed' : 'queued', reason);
    if (!isLast) return message.retry({ delaySeconds: AGAIN_AFTER_SECONDS });
  }
  message.ack();
}

/** Null when the provider took it; else why not, in a few words. */
async function deliver(config: Config, row: store.MailRow, sealed: string): Promise<string | null> {
  const { MAIL_ENDPOINT, MAIL_FROM, MAIL_API_KEY, AUTH_SECRET, APP_ENV } = config;
  if (MAIL_ENDPOINT === undefined) return 'MAIL_ENDPOINT is not set';
  try {
    const text = await unseal(AUTH_SECRET, sealedFor(row.id), sealed);
    const answer = await askOutside(new URL(MAIL_ENDPOINT), APP_ENV === 'dev', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${MAIL_API_KEY}`,
        'content-type': 'application/json',
        'idempotency-key': row.id,
      },
      body: JSON.stringify({ from: MAIL_FROM, to: [row.recipient], subject: row.subject, text }),
    });
    return answer.ok ? null : `the provider answered ${answer.status}`;
  } catch (cause) {
    return cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
  }
}
