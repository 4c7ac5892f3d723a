import { sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { Me, SetupRequest } from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { NOBODY } from '../auth.ts';
import { isUniqueViolation } from '../db.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import { hashPassword, tokenHash } from '../secrets.ts';
import { accountRoutes } from './account/routes.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { describeCaller } from './me.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { passkeySignInRoutes } from './passkeys/sign-in-routes.ts';
import { requireGoodPassword } from './password.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { ssoSettingsRoutes } from './sso/settings-routes.ts';
import { ssoSignInRoutes } from './sso/sign-in-routes.ts';
import * as store from './store.ts';
import { tenantRoutes } from './tenant-routes.ts';

const Done = z.object({ ok: z.literal(true) });

export const people = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/me',
      security: signedIn,
      responses: { 200: json(Me, 'Who is asking, and what they may do'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      if (ctx.caller === NOBODY) throw new AegisError('UNAUTHENTICATED', { detail: 'Nobody is signed in.' });
      return c.json(describeCaller(ctx.caller, await store.tenantsById(ctx.db, [...ctx.caller.tenants.keys()])), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/setup',
      request: { body: body(SetupRequest) },
      responses: { 201: json(Done, 'The first platform admin was made'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { token, email, name, password } = c.req.valid('json');
      const wanted = ctx.config.SETUP_TOKEN_HASH;
      if (wanted === undefined || !sameDigest(await tokenHash(token), wanted))
        throw new AegisError('FORBIDDEN', { detail: 'This set-up link is not valid.' });
      if (await store.hasPlatformAdmin(ctx.db))
        throw new AegisError('STATE_CONFLICT', {
          detail: 'The registry has an admin already; the set-up link was used.',
        });
      requireGoodPassword(password);
      await store
        .createFirstAdmin(ctx, { email, name, passwordHash: await hashPassword(password), platformRole: 'admin' })
        .catch((cause) => {
          if (!isUniqueViolation(cause)) throw cause;
          throw new AegisError('STATE_CONFLICT', { detail: 'The set-up link was used.', cause });
        });
      return c.json({ ok: true as const }, 201);
    },
  )
  .route('/', tenantRoutes)
  .route('/', invitationRoutes)
  .route('/', signInRoutes)
  .route('/', accountRoutes)
  .route('/', passkeyRoutes)
  .route('/', passkeySignInRoutes)
  .route('/', ssoSettingsRoutes)
  .route('/', ssoSignInRoutes);
