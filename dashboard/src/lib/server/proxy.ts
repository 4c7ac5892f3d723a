import { AegisError, toProblem } from '@aegis/skill-sdk/errors';
import type { RequestHandler } from '@sveltejs/kit';

/** Hands the request to the registry as it came, body streamed, and its answer back as it is. */
export const toRegistry: RequestHandler = async ({ request, platform }) => {
  const binding = platform?.env?.API;
  if (binding === undefined) {
    const problem = toProblem(new AegisError('UNAVAILABLE', { detail: 'The binding API is missing.' }));
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: { 'content-type': 'application/problem+json' },
    });
  }
  const answer = await binding.fetch(request);
  // A WebSocket must go back as it is; any other answer is made our own, because Kit wants a Response of its realm.
  return 'webSocket' in answer && answer.webSocket ? answer : new Response(answer.body, answer);
};
