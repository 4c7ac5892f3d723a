import { answerAgain } from './answered.ts';
import { createApp } from './app.ts';
import type { AnalysisMessage, Env } from './env.ts';
import { analyseQueued } from './skills/analyse-queued.ts';

export { ClusterFeed } from './clusters/cluster-feed.ts';
export { TryCounter } from './people/tries/try-counter.ts';

const app = createApp();

export default {
  fetch: (request: Request, env: Env, execution: ExecutionContext) =>
    answerAgain(request, Date.now()) ?? app.fetch(request, env, execution),
  queue: (messages: MessageBatch<AnalysisMessage>, env: Env) => analyseQueued(messages, env),
} satisfies ExportedHandler<Env, AnalysisMessage>;
