import { answerAgain } from './answered.ts';
import { createApp } from './app.ts';
import { wakeLogs } from './audit/ring-logs.ts';
import type { AnalysisMessage, Env, MailMessage } from './env.ts';
import { sendQueued } from './mail/post.ts';
import { analyseQueued } from './skills/analyse-queued.ts';

export { AuditLog } from './audit/audit-log.ts';
export { ClusterFeed } from './clusters/cluster-feed.ts';
export { TryCounter } from './people/tries/try-counter.ts';

const app = createApp();

export default {
  fetch: (request: Request, env: Env, execution: ExecutionContext) =>
    answerAgain(request, Date.now()) ?? app.fetch(request, env, execution),
  // Only for what a lost ring left behind: everything else of the log runs from rings and alarms.
  scheduled: (_, env) => wakeLogs(env),
  queue: async ({ messages }: MessageBatch<AnalysisMessage | MailMessage>, env: Env) => {
    for (const message of messages) {
      if (isMail(message)) await sendQueued(message, env);
      else await analyseQueued({ messages: [message as Message<AnalysisMessage>] }, env);
    }
  },
} satisfies ExportedHandler<Env, AnalysisMessage | MailMessage>;

function isMail(message: Message<AnalysisMessage | MailMessage>): message is Message<MailMessage> {
  return 'mailId' in message.body;
}
