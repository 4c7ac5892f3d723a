import type { Action } from '@aegis/skill-sdk/actions';
import { sha256Hex } from '@aegis/skill-sdk/digest';
import { AegisError, type FieldError, toProblem } from '@aegis/skill-sdk/errors';
import { ProblemBody } from '@aegis/skill-sdk/wire/common';
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { requireCan, type Subject } from './auth.ts';
import type { AppEnv, Context } from './context.ts';

/** A room's router: bad input is one problem that names every bad field; a path id that does not parse is NOT_FOUND. */
export function room(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'param') throw new AegisError('NOT_FOUND');
      throw invalid(result.error);
    },
  });
}

function invalid({ issues }: z.core.$ZodError): AegisError {
  return new AegisError('VALIDATION_FAILED', {
    detail: `Not valid: ${issues.length === 1 ? 'one field' : `${issues.length} fields`}; see errors.`,
    errors: issues.map(fieldError),
  });
}

function fieldError(issue: z.core.$ZodIssue): FieldError {
  return {
    pointer: issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: issue.message,
  };
}

/** A JSON answer. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { 'application/json': { schema } }, description };
}

/** A JSON body that must be there. */
export function body<T extends z.ZodType>(schema: T) {
  return { content: { 'application/json': { schema } }, required: true as const };
}

/** A body in JSON or, as OAuth has it, a form; `readEither` takes it. */
export function eitherBody<T extends z.ZodType>(schema: T) {
  return { content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } } };
}

/** The body of a route that takes either; without any it is VALIDATION_FAILED. */
export function readEither<T extends z.ZodType>(schema: T, given: object): z.output<T> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error);
}

/** What every route answers when it fails. */
export const problem = {
  content: { 'application/problem+json': { schema: ProblemBody } },
  description: 'RFC 9457 problem with a stable `code`',
};

/** Says in the document which credentials a route takes. */
export const signedIn: RouteConfig['security'] = [{ bearer: [] }, { cookie: [] }];

/** Any error as problem+json. What is not an AegisError is INTERNAL and goes to the log with its stack. */
export function answerError(error: unknown, c: HonoContext<AppEnv>): Response {
  const known = error instanceof AegisError ? error : fromHono(error);
  const requestId = c.var.requestId;
  if (known.status >= 500 || known.status === 0) {
    const log = c.var.ctx?.log;
    if (log === undefined)
      console.error(
        JSON.stringify({ message: 'request failed', requestId, error: String(error), stack: stackOf(error) }),
      );
    else log.error('request failed', { error });
  }
  const status = known.status === 0 ? 500 : known.status;
  const problemBody =
    known.status === 0 ? toProblem(new AegisError('INTERNAL'), requestId) : toProblem(known, requestId);
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  const retryAfter = known.meta?.retryAfterSeconds;
  if (typeof retryAfter === 'number') headers['retry-after'] = String(retryAfter);
  if (known.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="aegis"';
  return c.body(JSON.stringify(problemBody), status as ContentfulStatusCode, headers);
}

function fromHono(error: unknown): AegisError {
  if (error instanceof HTTPException && error.status === 400) {
    return new AegisError('INVALID_REQUEST', { detail: error.message || 'The body is not valid JSON.', cause: error });
  }
  if (error instanceof HTTPException && error.status === 413)
    return new AegisError('PAYLOAD_TOO_LARGE', { cause: error });
  return new AegisError('INTERNAL', { cause: error });
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error
    ? `${error.stack}${error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause) ?? String(error.cause)}`}`
    : undefined;
}

/** Checks one right of the caller of this request and hands the context on. */
export function allowed(c: HonoContext<AppEnv>, action: Action, subject: Subject): Context {
  requireCan(c.var.ctx.caller, action, subject);
  return c.var.ctx;
}

/** A strong ETag answer: 304 when the caller has it already. */
export function notModified(c: HonoContext<AppEnv>, etag: string): Response | null {
  c.header('etag', etag);
  return hasTag(c, etag) ? c.body(null, 304) : null;
}

/** RFC 9110, 13.1.2: `*` is whatever there is, and weak tags compare like strong ones. */
function hasTag(c: HonoContext<AppEnv>, etag: string): boolean {
  const tags = c.req.header('if-none-match')?.split(',') ?? [];
  return tags.map((tag) => tag.trim().replace(/^W\//, '')).some((tag) => tag === etag || tag === '*');
}

/** Tags what a GET answers by its bytes, unless the route has a tag of its own, as the hot paths do. */
export const tagged: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.req.method !== 'GET' || c.res.status !== 200 || c.res.headers.has('etag')) return;
  const etag = `"${await sha256Hex(await c.res.clone().bytes())}"`;
  c.header('etag', etag);
  if (hasTag(c, etag)) c.res = new Response(null, { status: 304 });
};
