import { PasskeyOptions, PasskeyProof } from '@aegis/skill-sdk/wire/account';
import { createRoute, z } from '@hono/zod-openapi';
import { generateAuthenticationOptions } from '@simplewebauthn/server';
import { body, json, problem, room } from '../../http.ts';
import { takeOnce } from '../account/factor-store.ts';
import { endSession, placeSession } from '../account/session-store.ts';
import { authOf } from '../sign-in.ts';
import { gateRows } from '../sso/store.ts';
import { recordSession } from '../store.ts';
import { deviceCookie } from '../tries/known-device.ts';
import { newChallenge } from './challenge.ts';
import { relyingParty } from './relying-party.ts';
import { passkeyByCredential, provedRows } from './store.ts';
import { refuse, verifyProof } from './verify.ts';

const SIGN_IN = 'sign-in';
const SignedIn = z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) });

/** Signing in with a passkey alone: it is both factors, because the device asks for the finger, the face or a code. */
export const passkeySignInRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/auth/passkey/options',
      responses: {
        200: json(PasskeyOptions, 'For `navigator.credentials.get`; the same for everybody'),
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const publicKey = await generateAuthenticationOptions({
        rpID: relyingParty(ctx.config).id,
        challenge: newChallenge(ctx.config.AUTH_SECRET, SIGN_IN, ctx.nowMs),
        userVerification: 'required',
      });
      return c.json({ publicKey: { ...publicKey } }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/auth/passkey',
      request: { body: body(PasskeyProof) },
      responses: { 200: json(SignedIn, 'Signed in; the session is in the cookie'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { credential } = c.req.valid('json');
      const found = await passkeyByCredential(ctx.db, credential.id);
      // Unknown and wrong are refused in the same words.
      if (found === undefined) return refuse(new Error('unknown credential'));
      const { passkey, email, userName } = found;
      const proof = await verifyProof(ctx, SIGN_IN, passkey, credential);
      await recordSession(ctx, { action: 'session:create', target: email, outcome: 'intent' });
      const { headers, response } = await authOf(c.env).api.signInProved({
        body: { userId: passkey.userId },
        headers: c.req.raw.headers,
        returnHeaders: true,
      });
      const { sessionId, token } = response;
      const taken = await takeOnce(async () => {
        const rows = provedRows(ctx, passkey, { ...proof, sessionId });
        const place = placeSession(ctx, token, c.req.header('cf-ipcountry') ?? null);
        const gate = await gateRows(ctx, passkey.userId);
        const done = { action: 'session:create', target: email, outcome: 'success' } as const;
        await recordSession(ctx, done, [...rows, place, ...gate]);
      });
      if (taken === null) {
        await endSession(ctx, passkey.userId, sessionId);
        return refuse(new Error('the challenge was used'));
      }
      const { APP_ORIGIN, AUTH_SECRET } = ctx.config;
      const cookies = [...headers.getSetCookie(), deviceCookie(AUTH_SECRET, email, APP_ORIGIN.startsWith('https:'))];
      for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
      return c.json({ user: { id: passkey.userId, name: userName, email } }, 200);
    },
  );
