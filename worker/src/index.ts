import { answerAgain } from './answered.ts';
import { createApp } from './app.ts';
import { wakeLogs } from './audit/ring-logs.ts';
import type { AnalysisMessage, Env } from './env.ts';
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
  queue: (messages: MessageBatch<AnalysisMessage>, env: Env) => analyseQueued(messages, env),
} satisfies ExportedHandler<Env, AnalysisMessage>;
