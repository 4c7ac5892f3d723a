import { AegisError } from '@aegis/skill-sdk/errors';
import { Email } from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { body, json, problem, room } from '../http.ts';
import { authOf, forgetSession } from './sign-in.ts';
import { recordSession } from './store.ts';

const SignIn = z
  .object({ email: Email, password: z.string().max(256), rememberMe: z.boolean().optional() })
  .meta({ id: 'SignIn' });
const SignedIn = z
  .object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) })
  .meta({ id: 'SignedIn' });
const SignedOut = z.object({ success: z.boolean() });

/** The listed paths of better-auth, each with an audit row before (intent) and after (outcome). All others are 404. */
export const signInRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/auth/sign-in/email',
      request: { body: body(SignIn) },
      responses: { 200: json(SignedIn, 'Signed in; the session is in the cookie'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { email, password, rememberMe } = c.req.valid('json');
      await recordSession(ctx, { action: 'session:create', target: email, outcome: 'intent' });
      const answer = await authOf(c.env).handler(
        forward(c.req.raw, { email, password, rememberMe: rememberMe ?? true }),
      );
      await recordSession(ctx, { action: 'session:create', target: email, outcome: answer.ok ? 'success' : 'failure' });
      if (answer.status === 429)
        throw new AegisError('RATE_LIMITED', {
          detail: 'Too many tries. Wait a minute.',
          meta: { retryAfterSeconds: 60 },
        });
      if (!answer.ok) throw new AegisError('UNAUTHENTICATED', { detail: 'The e-mail or the password is wrong.' });
      for (const cookie of answer.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      const { user } = (await answer.json()) as z.infer<typeof SignedIn>;
      return c.json({ user: { id: user.id, name: user.name, email: user.email } }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/auth/sign-out',
      responses: { 200: json(SignedOut, 'The session ended'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      await recordSession(ctx, { action: 'session:end', target: ctx.caller.sessionId ?? 'none', outcome: 'intent' });
      const answer = await authOf(c.env).handler(forward(c.req.raw, {}));
      forgetSession(c.req.raw.headers);
      await recordSession(ctx, {
        action: 'session:end',
        target: ctx.caller.sessionId ?? 'none',
        outcome: answer.ok ? 'success' : 'failure',
      });
      for (const cookie of answer.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      return c.json({ success: answer.ok }, 200);
    },
  );

/** The same request with the body that was validated. */
function forward(request: Request, value: unknown): Request {
  const headers = new Headers(request.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  return new Request(request.url, { method: 'POST', headers, body: JSON.stringify(value) });
}
