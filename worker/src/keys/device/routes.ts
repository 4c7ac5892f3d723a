import { KEY_SCOPES, type KeyScope } from '@aegis/skill-sdk/actions';
import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { DEVICE_CODE_MINUTES, DEVICE_POLL_SECONDS } from '@aegis/skill-sdk/limits';
import {
  DEVICE_CLIENT,
  DeviceCode,
  DeviceCodeRequest,
  DeviceDecision,
  DeviceLookup,
  DeviceRequest,
  DeviceToken,
  DeviceTokenRequest,
} from '@aegis/skill-sdk/wire/device';
import { createRoute, z } from '@hono/zod-openapi';
import { spend } from '../../allowance.ts';
import { can } from '../../auth.ts';
import { type Context, randomBytes } from '../../context.ts';
import { isNotNullViolation } from '../../db.ts';
import { body, eitherBody, json, problem, readEither, room, signedIn } from '../../http.ts';
import { newToken, tokenHash } from '../../secrets.ts';
import { newSecret } from '../new-key.ts';
import { judgePoll, pollError } from './poll.ts';
import * as store from './store.ts';
import { newUserCode, parseUserCode, showUserCode } from './user-code.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** No key begins with it, so nothing takes a device code for one. */
const DEVICE_PREFIX = 'aed_';

/** The scopes of a request, each known. Throws VALIDATION_FAILED. */
function parseScopes(text: string): KeyScope[] {
  const asked = new Set(text.split(' ').filter((scope) => scope !== ''));
  const known = KEY_SCOPES.filter((scope) => asked.has(scope));
  if (known.length === asked.size && known.length > 0) return known;
  const unknown = [...asked].filter((scope) => !known.some((one) => one === scope));
  throw new AegisError('VALIDATION_FAILED', {
    detail: unknown.length === 0 ? 'No scope is asked for.' : `No such scopes: ${unknown.join(', ')}.`,
    errors: [{ pointer: '/scope', detail: `Known: ${KEY_SCOPES.join(' ')}` }],
  });
}

/** Without our secret, whoever reads the table could try out all codes. */
async function userHashOf(ctx: Context, code: string): Promise<string> {
  return await tokenHash(`${ctx.config.AUTH_SECRET} device ${code}`);
}

/** Throws FORBIDDEN for keys and clusters: a machine never lets in another one. */
function requirePerson(ctx: Context): void {
  if (ctx.caller.kind !== 'user')
    throw new AegisError('FORBIDDEN', { detail: 'Only a person decides about a device.' });
}

const UNKNOWN = 'No open request has this code. It may be mistyped, used, or older than ten minutes.';

/** The hash of a code that a person typed. */
async function typedCode(ctx: Context, text: string): Promise<string> {
  requirePerson(ctx);
  const code = parseUserCode(text);
  if (code === null) throw new AegisError('NOT_FOUND', { detail: UNKNOWN });
  return await userHashOf(ctx, code);
}

function toRequest(ctx: Context, row: store.DeviceRow, names: Map<string, string>, code: string) {
  const scopes = row.scopes as KeyScope[];
  return {
    userCode: showUserCode(code),
    client: DEVICE_CLIENT,
    deviceName: row.deviceName,
    scopes,
    place: { ipAddress: row.ipAddress, country: row.country, userAgent: row.userAgent },
    tenants: [...ctx.caller.tenants.keys()].map((tenantId) => ({
      id: tenantId as z.infer<typeof DeviceRequest>['tenants'][number]['id'],
      name: names.get(tenantId) ?? tenantId,
      scopes: scopes.filter((scope) => can(ctx.caller, scope, { tenantId })),
    })),
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
  };
}

/** Never more than was asked for, and never more than the person may. Throws VALIDATION_FAILED, FORBIDDEN, NOT_FOUND. */
function requireGrantable(ctx: Context, asked: readonly string[], tenantId: string, scopes: readonly KeyScope[]): void {
  if (!ctx.caller.tenants.has(tenantId)) throw new AegisError('NOT_FOUND');
  const more = scopes.filter((scope) => !asked.includes(scope));
  if (more.length > 0)
    throw new AegisError('VALIDATION_FAILED', { detail: `The device did not ask for ${more.join(', ')}.` });
  const beyond = scopes.filter((scope) => !can(ctx.caller, scope, { tenantId }));
  if (!can(ctx.caller, 'key:create', { tenantId }) || beyond.length > 0) {
    throw new AegisError('FORBIDDEN', {
      detail: `A device never does more than the person who lets it in. You may not: ${beyond.join(', ') || 'key:create'}.`,
    });
  }
}

function decisionOf(ctx: Context, row: store.DeviceRow, ask: z.output<typeof DeviceDecision>): store.Decision {
  if (ask.decision === 'deny') return { state: 'denied' };
  const { tenantId, scopes, days } = ask;
  requireGrantable(ctx, row.scopes, tenantId, scopes);
  return { state: 'approved', tenantId, scopes, days };
}

/** The key that an approved code stands for, made now and for the one who holds the code. */
async function redeem(ctx: Context, row: store.DeviceRow) {
  const approver = await store.approverOf(ctx, row);
  const { tenantId, days } = row;
  if (approver === undefined || tenantId === null || days === null) throw pollError('ACCESS_DENIED');
  const { secret, hash, prefix } = await newSecret();
  const key = {
    id: ctx.newId('apiKey'),
    tenantId,
    personId: approver.id,
    name: row.deviceName,
    prefix,
    hash,
    scopes: row.scopes,
    expiresAtMs: ctx.nowMs + days * DAY_MS,
  };
  await store.redeem({ ...ctx, caller: approver }, row, key).catch((cause) => {
    if (isNotNullViolation(cause)) throw pollError('INVALID_GRANT');
    throw cause;
  });
  return {
    access_token: secret,
    token_type: 'Bearer' as const,
    expires_in: (days * DAY_MS) / 1000,
    scope: row.scopes.join(' '),
    tenant_id: tenantId as z.infer<typeof DeviceToken>['tenant_id'],
  };
}

/**
 * RFC 8628: a device without a browser gets a scoped key, once a person has let it in.
 *
 *   device ── code ──► registry      person ── request (claims it) ──► decision
 *   device ── token, again and again ──► pending … ──► a key of that person, once
 */
export const deviceRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/device/code',
      request: { body: eitherBody(DeviceCodeRequest) },
      responses: { 200: json(DeviceCode, 'A code for the device, and one for the person'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const ask = readEither(DeviceCodeRequest, { ...c.req.valid('form'), ...c.req.valid('json') });
      await spend(ctx, 'deviceCode', `address ${ctx.ipAddress ?? 'unknown'}`);
      const scopes = parseScopes(ask.scope);
      const [deviceCode, userCode] = [await newToken(DEVICE_PREFIX), newUserCode(randomBytes)];
      await store.createCode(ctx, {
        id: ctx.newId('device'),
        deviceHash: await tokenHash(deviceCode),
        userHash: await userHashOf(ctx, userCode),
        deviceName: ask.device_name ?? 'a device without a name',
        scopes,
        country: c.req.header('cf-ipcountry') ?? null,
        expiresAtMs: ctx.nowMs + DEVICE_CODE_MINUTES * MINUTE_MS,
        intervalSeconds: DEVICE_POLL_SECONDS,
      });
      const page = `${ctx.config.APP_ORIGIN}/device`;
      return c.json(
        {
          device_code: deviceCode,
          user_code: showUserCode(userCode),
          verification_uri: page,
          verification_uri_complete: `${page}?code=${showUserCode(userCode)}`,
          expires_in: DEVICE_CODE_MINUTES * 60,
          interval: DEVICE_POLL_SECONDS,
        },
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/device/token',
      request: { body: eitherBody(DeviceTokenRequest) },
      responses: { 200: json(DeviceToken, 'The key; the code is used up'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const ask = readEither(DeviceTokenRequest, { ...c.req.valid('form'), ...c.req.valid('json') });
      const row = await store.byDevice(ctx, await tokenHash(ask.device_code));
      const answer = judgePoll(row, ctx.nowMs);
      if (answer.kind === 'token' && row !== undefined) return c.json(await redeem(ctx, row), 200);
      if (answer.kind === 'token') throw pollError('INVALID_GRANT');
      if (row !== undefined && 'intervalSeconds' in answer) await store.notePoll(ctx, row.id, answer.intervalSeconds);
      throw pollError(answer.code);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/device/request',
      security: signedIn,
      request: { body: body(DeviceLookup) },
      responses: { 200: json(DeviceRequest, 'What asks to be let in, and from where'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userCode } = c.req.valid('json');
      // Nobody finds a code by trying. A decision needs no counter: without the look before, every code is unknown.
      if (ctx.caller.kind === 'user') await spend(ctx, 'deviceGuess', ctx.caller.id);
      const row = await store.claim(ctx, await typedCode(ctx, userCode));
      if (row === undefined) throw new AegisError('NOT_FOUND', { detail: UNKNOWN });
      const names = await store.tenantNames(ctx, [...ctx.caller.tenants.keys()]);
      return c.json(toRequest(ctx, row, names, parseUserCode(userCode) ?? ''), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/device/decision',
      security: signedIn,
      request: { body: body(DeviceDecision) },
      responses: { 200: json(z.object({ ok: z.literal(true) }), 'Decided'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const ask = c.req.valid('json');
      // Only who has seen the request decides about it: nobody is made to approve a code by a link.
      const row = await store.claimedByMe(ctx, await typedCode(ctx, ask.userCode));
      if (row === undefined) throw new AegisError('NOT_FOUND', { detail: UNKNOWN });
      await store.decide(ctx, row, decisionOf(ctx, row, ask)).catch((cause) => {
        if (!isNotNullViolation(cause)) throw cause;
        throw new AegisError('STATE_CONFLICT', { detail: 'This request was decided, or has ended.', cause });
      });
      return c.json({ ok: true as const }, 200);
    },
  );
