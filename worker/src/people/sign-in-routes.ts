import { AegisError } from '@aegis/skill-sdk/errors';
import { Email } from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from '../context.ts';
import { body, json, problem, room } from '../http.ts';
import { placeSession } from './account/session-store.ts';
import { authOf } from './sign-in.ts';
import { gateRows } from './sso/store.ts';
import { recordSession } from './store.ts';
import { type Counted, guardTries } from './tries/guard-tries.ts';
import { deviceCookie, knownDevice } from './tries/known-device.ts';

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
      const cookies = c.req.header('cookie') ?? null;
      const country = c.req.header('cf-ipcountry') ?? null;
      const answer = await guardTries(ctx, countersOf(ctx, email, cookies), async () => {
        await recordSession(ctx, { action: 'session:create', target: email, outcome: 'intent' });
        const given = { email, password, rememberMe: rememberMe ?? true };
        const found = await authOf(c.env).handler(forward(c.req.raw, given));
        if (found.ok) return found;
        await recordSession(ctx, { action: 'session:create', target: email, outcome: 'failure' });
        return null;
      });
      if (answer === null) throw new AegisError('UNAUTHENTICATED', { detail: 'The e-mail or the password is wrong.' });
      const { user, token } = await answer.json<z.infer<typeof SignedIn> & { token: string }>();
      await recordSession(ctx, { action: 'session:create', target: email, outcome: 'success' }, [
        placeSession(ctx, token, country),
        ...(await gateRows(ctx, user.id)),
      ]);
      for (const cookie of answer.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      const { APP_ORIGIN, AUTH_SECRET } = ctx.config;
      if (knownDevice(AUTH_SECRET, email, cookies) === null) {
        c.header('set-cookie', deviceCookie(AUTH_SECRET, email, APP_ORIGIN.startsWith('https:')), { append: true });
      }
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
      await recordSession(ctx, {
        action: 'session:end',
        target: ctx.caller.sessionId ?? 'none',
        outcome: answer.ok ? 'success' : 'failure',
      });
      for (const cookie of answer.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      return c.json({ success: answer.ok }, 200);
    },
  );

/** What a try is counted under: the account, or the owner's own browser; and the address, where there is a true one. */
function countersOf(ctx: Context, email: string, cookies: string | null): Counted[] {
  const device = knownDevice(ctx.config.AUTH_SECRET, email, cookies);
  const account: Counted = device === null ? { of: 'account', name: email } : { of: 'device', name: device };
  // On a laptop every address is the laptop's own, and can be made up.
  const isReal = ctx.config.APP_ENV === 'production' && ctx.ipAddress !== null;
  return isReal ? [account, { of: 'address', name: ctx.ipAddress ?? '' }] : [account];
}

/** The same request with the body that was validated. */
function forward(request: Request, value: unknown): Request {
  const headers = new Headers(request.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  return new Request(request.url, { method: 'POST', headers, body: JSON.stringify(value) });
}
