import { z } from 'zod';
import { Instant, id } from './common.ts';

/** One mail that the registry wrote. Links in it are credentials: its text is shown only where the registry has no other way to deliver it. */
export const Mail = z
  .object({
    id: id('mail'),
    to: z.string(),
    subject: z.string(),
    /** `kept`: in the outbox of a laptop, delivered to nobody. */
    state: z.enum(['kept', 'queued', 'sent', 'failed']),
    tries: z.int(),
    /** Why the last try failed. */
    error: z.string().nullable(),
    text: z.string().nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Mail' });
export type Mail = z.infer<typeof Mail>;
export const MailList = z
  .object({
    mails: z.array(Mail),
    /** off: nobody is sent anything, links are copied · outbox: mails are kept and shown · http: a provider delivers. */
    sender: z.enum(['off', 'outbox', 'http']),
  })
  .meta({ id: 'MailList' });
