import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

/**
 * A plugin of better-auth that begins a session for somebody whom we have proved ourselves (a passkey). Its endpoint has
 * no path, so that only our own code reaches it.
 */
export const provedSignIn = {
  id: 'proved-sign-in',
  endpoints: {
    signInProved: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }) },
      async (ctx) => {
        const { internalAdapter } = ctx.context;
        const user = await internalAdapter.findUserById(ctx.body.userId);
        if (user === null) throw new Error('the person is gone');
        const session = await internalAdapter.createSession(user.id);
        await setSessionCookie(ctx, { session, user });
        return { sessionId: session.id, token: session.token };
      },
    ),
  },
};
