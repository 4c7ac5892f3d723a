import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { SESSION_DAYS } from '@aegis/skill-sdk/limits';
import { PasswordChange, Security, type Session, SessionList } from '@aegis/skill-sdk/wire/account';
import { id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { requireFresh } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { body, json, problem, room, signedIn } from '../../http.ts';
import { hashPassword } from '../../secrets.ts';
import { toPasskey } from '../passkeys/routes.ts';
import { passkeysOf } from '../passkeys/store.ts';
import { requireGoodPassword } from '../password.ts';
import { changePassword } from '../store.ts';
import { deviceOf } from './device.ts';
import * as factors from './factor-store.ts';
import { requirePassword, requirePerson } from './person.ts';
import * as store from './session-store.ts';
import { freshUntilMs, standingOf } from './standing.ts';
import { totpRoutes } from './totp-routes.ts';

const Done = z.object({ ok: z.literal(true) });
const DAY_MS = 24 * 3_600_000;

type Row = Awaited<ReturnType<typeof store.sessionsOf>>[number];

function isAlive(row: Row, nowMs: number): boolean {
  const times = { createdAtMs: row.createdAt.getTime(), seenAtMs: row.updatedAt.getTime() };
  const rest = { mfaAtMs: null, hasFactor: false, platformRole: null, exempt: false };
  return standingOf({ ...times, ...rest }, nowMs) !== 'dead';
}

function toSession(row: Row, current: string): Session {
  return {
    id: row.id,
    current: row.id === current,
    device: deviceOf(row.userAgent),
    ipAddress: row.ipAddress === '' ? null : row.ipAddress,
    country: row.country,
    secondFactor: row.mfaAtMs !== null,
    createdAt: row.createdAt.toISOString(),
    seenAt: row.updatedAt.toISOString(),
    expiresAt: toInstant(row.createdAt.getTime() + SESSION_DAYS * DAY_MS),
  };
}

async function securityOf(ctx: Context): Promise<z.infer<typeof Security>> {
  const { userId } = requirePerson(ctx);
  const totp = await factors.totpOf(ctx.db, userId);
  const since = totp?.confirmedAtMs ?? null;
  const fresh = freshUntilMs(ctx.caller.mfaAtMs);
  const isPlatform = ctx.caller.platformRole !== null || ctx.caller.pending === 'enrolment';
  return {
    email: ctx.caller.email ?? '',
    totp: since === null ? null : { since: toInstant(since) },
    passkeys: (await passkeysOf(ctx.db, userId)).map(toPasskey),
    backupCodesLeft: await factors.backupCodesLeft(ctx.db, userId),
    required: isPlatform,
    exempt: isPlatform && ctx.config.DEMO === 'on',
    freshUntil: fresh === null || fresh < ctx.nowMs ? null : toInstant(fresh),
  };
}

/** A person's own account: what they sign in with, and where they are signed in. */
export const accountRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/account/security',
      security: signedIn,
      responses: { 200: json(Security, 'What the person signs in with'), default: problem },
    }),
    async (c) => c.json(await securityOf(c.var.ctx), 200),
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/account/password',
      security: signedIn,
      request: { body: body(PasswordChange) },
      responses: { 200: json(Done, 'Changed; every other session ended'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      const { current, next } = c.req.valid('json');
      requireFresh(ctx.caller);
      await requirePassword(ctx, person, current, '/current');
      requireGoodPassword(next, '/next');
      await changePassword(ctx, person, await hashPassword(next));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/account/sessions',
      security: signedIn,
      responses: { 200: json(SessionList, 'Where the person is signed in, newest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId, sessionId } = requirePerson(ctx);
      const rows = (await store.sessionsOf(ctx, userId)).filter((row) => isAlive(row, ctx.nowMs));
      return c.json({ sessions: rows.map((row) => toSession(row, sessionId)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/account/sessions',
      security: signedIn,
      responses: { 200: json(Done, 'Every session but this one ended'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId, sessionId } = requirePerson(ctx);
      await store.endOtherSessions(ctx, userId, sessionId);
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/account/sessions/{sessionId}',
      security: signedIn,
      request: { params: z.object({ sessionId: id('session') }) },
      responses: { 200: json(Done, 'Ended; it stops working within half a second'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      if (!(await store.endSession(ctx, userId, c.req.valid('param').sessionId))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .route('/', totpRoutes);
