import { AegisError } from '@aegis/skill-sdk/errors';
import type { Context } from '../../context.ts';
import { verifyPassword } from '../../secrets.ts';
import { userByEmail } from '../store.ts';
import { guardTries } from '../tries/guard-tries.ts';

/** A person in a session of their own. */
export interface Person {
  userId: string;
  sessionId: string;
  email: string;
}

/** Throws FORBIDDEN for everything that is no person, UNAUTHENTICATED for nobody. */
export function requirePerson({ caller }: Context): Person {
  const { kind, id, sessionId, email } = caller;
  if (kind === 'user' && sessionId !== undefined && email !== undefined) return { userId: id, sessionId, email };
  throw new AegisError('FORBIDDEN', {
    detail: 'Only a person who signed in has an account. A key or a cluster has none.',
  });
}

/** Throws VALIDATION_FAILED when the password is not the person's, RATE_LIMITED after too many wrong ones. */
export async function requirePassword(ctx: Context, person: Person, password: string, pointer: string): Promise<void> {
  const right = await guardTries(ctx, [{ of: 'factor', name: person.userId }], async () => {
    const known = await userByEmail(ctx.db, person.email);
    return known !== null && (await verifyPassword(known.password, password)) ? true : null;
  });
  if (right === true) return;
  const detail = 'This is not your password.';
  throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer, detail }] });
}
