import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { SsoStart, SsoStarted } from '@aegis/skill-sdk/wire/sso';
import { createRoute, z } from '@hono/zod-openapi';
import { spend } from '../../allowance.ts';
import { requireFresh } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { isUniqueViolation } from '../../db.ts';
import { body, json, problem, room, signedIn } from '../../http.ts';
import { requirePerson } from '../account/person.ts';
import { bindSession, placeSession } from '../account/session-store.ts';
import { authOf } from '../sign-in.ts';
import { linkAccount } from '../store.ts';
import { arrive } from './arrive.ts';
import { attemptUntilMs, forgetCookie, keepCookie, keptIn } from './attempt.ts';
import { beginAt } from './provider.ts';
import * as store from './store.ts';

const Done = z.object({ ok: z.literal(true) });
const Text = z.string().max(4096).optional();
/** RFC 6749, section 4.1.2, and RFC 9207. */
const ProviderAnswer = z.object({ code: Text, state: Text, iss: Text, error: Text, error_description: Text });

const isHttps = (ctx: Context) => ctx.config.APP_ORIGIN.startsWith('https:');
const keeping = (ctx: Context) => ({ secret: ctx.config.AUTH_SECRET, isHttps: isHttps(ctx) });

/** A path of the dashboard; a link must not send people elsewhere after it. */
function ownPath(ctx: Context, next: string): string {
  const { APP_ORIGIN } = ctx.config;
  if (!next.startsWith('/') || !URL.canParse(next, APP_ORIGIN)) return '/';
  const url = new URL(next, APP_ORIGIN);
  return url.origin === new URL(APP_ORIGIN).origin ? `${url.pathname}${url.search}` : '/';
}

/** Signing in through a company. */
export const ssoSignInRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/auth/sso/start',
      request: { body: body(SsoStart) },
      responses: { 200: json(SsoStarted, 'Go there; the cookie keeps what must come back'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { email, next = '/' } = c.req.valid('json');
      await spend(ctx, 'sso', `address ${ctx.ipAddress ?? 'unknown'}`);
      const domain = email.slice(email.lastIndexOf('@') + 1);
      const connection = await store.connectionByDomain(ctx, domain);
      // Judged by the domain alone: whether there is such an account is not looked at.
      if (connection === undefined)
        throw new AegisError('NOT_FOUND', {
          detail: `No company signs in here with addresses at ${domain}. Use your password or a passkey.`,
        });
      const { url, secrets } = await beginAt(ctx, connection, email);
      const { tenantId, issuer, clientId } = connection;
      const attempt = { tenantId, issuer, clientId, ...secrets, next: ownPath(ctx, next) };
      const kept = { ...attempt, untilMs: attemptUntilMs(ctx.nowMs) };
      c.header('set-cookie', await keepCookie(keeping(ctx), 'attempt', kept), { append: true });
      return c.json({ url: url.href }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/auth/sso/{tenantId}/callback',
      request: { params: z.object({ tenantId: id('tenant') }), query: ProviderAnswer },
      responses: {
        303: { description: 'To the dashboard: signed in, or to the sign-in page with the reason' },
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { tenantId } = c.req.valid('param');
      await spend(ctx, 'sso', `address ${ctx.ipAddress ?? 'unknown'}`);
      const attempt = await keptIn(ctx.config.AUTH_SECRET, 'attempt', c.req.header('cookie'), ctx.nowMs);
      const arrival = await arrive(ctx, tenantId, attempt, new URL(c.req.url).searchParams);
      c.header('set-cookie', forgetCookie('attempt', isHttps(ctx)), { append: true });
      if (arrival.refusal !== null) {
        if (arrival.link !== undefined)
          c.header('set-cookie', await keepCookie(keeping(ctx), 'link', arrival.link), { append: true });
        return c.redirect(`${ctx.config.APP_ORIGIN}/sign-in?sso=${arrival.refusal}`, 303);
      }
      const { userId, email, hasMfa } = arrival;
      const { headers, response } = await authOf(c.env).api.signInProved({
        body: { userId },
        headers: c.req.raw.headers,
        returnHeaders: true,
      });
      await store.recordArrival(ctx, { tenantId, target: email, outcome: 'success' }, { userId, hasMfa }, [
        bindSession(ctx, response.sessionId, { tenantId, hasMfa }),
        placeSession(ctx, response.token, c.req.header('cf-ipcountry') ?? null),
      ]);
      for (const cookie of headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
      return c.redirect(`${ctx.config.APP_ORIGIN}${attempt?.next ?? '/'}`, 303);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/sso',
      security: signedIn,
      responses: { 200: json(Done, 'Connected: sign in through the company from now on'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      requireFresh(ctx.caller);
      const link = await keptIn(ctx.config.AUTH_SECRET, 'link', c.req.header('cookie'), ctx.nowMs);
      if (link === null || link.email !== person.email)
        throw new AegisError('STATE_CONFLICT', {
          detail: 'There is nothing to connect. Sign in through your company first, in this browser, then come back.',
        });
      const account = { providerId: store.providerOf(link.tenantId), accountId: `${link.issuer} ${link.subject}` };
      await linkAccount(ctx, person.userId, link.tenantId, account).catch((cause) => {
        if (!isUniqueViolation(cause, 'accounts.')) throw cause;
        throw new AegisError('STATE_CONFLICT', { detail: 'This is connected already.', cause });
      });
      c.header('set-cookie', forgetCookie('link', isHttps(ctx)), { append: true });
      return c.json({ ok: true as const }, 200);
    },
  );
