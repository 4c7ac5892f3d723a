import { AegisError } from '@aegis/skill-sdk/errors';
import type { SsoRefusal } from '@aegis/skill-sdk/wire/sso';
import type { Context } from '../../context.ts';
import { hasFactor, spend, takeOnce } from '../account/factor-store.ts';
import * as people from '../store.ts';
import { type Attempt, attemptUntilMs, type Link } from './attempt.ts';
import { judgePerson, type ProvidedPerson } from './judge-person.ts';
import { redeem } from './provider.ts';
import * as store from './store.ts';

/** Somebody who is let in, or why not; `link`: what connects an account that exists with this sign-in. */
export type Arrival =
  | { refusal: null; userId: string; email: string; hasMfa: boolean }
  | { refusal: SsoRefusal; link?: Link };

/**
 *   browser ── attempt (sealed cookie), answer of the provider ──► spent once
 *     └► code for claims: issuer, audience, times, nonce, signature
 *          └► address verified, domain proved, role by groups
 *               └► account: known by (issuer, subject) │ new │ exists: its owner connects it first
 */
export async function arrive(
  ctx: Context,
  tenantId: string,
  attempt: Attempt | null,
  answer: URLSearchParams,
): Promise<Arrival> {
  const connection = await store.connectionOf(ctx, tenantId);
  if (attempt === null || connection === undefined || !isAbout(attempt, connection)) return { refusal: 'attempt' };
  const target = { tenantId, target: connection.issuer };
  const isFirst = await takeOnce(() =>
    store.recordArrival(ctx, { ...target, outcome: 'intent' }, {}, spend(ctx, `sso ${attempt.state}`)),
  );
  if (isFirst === null) return { refusal: 'attempt' };
  const claims = await redeem(ctx, connection, attempt, answer).catch((cause) => {
    if (!(cause instanceof AegisError)) throw cause;
    return cause;
  });
  if (claims instanceof AegisError) {
    const refusal = claims.code === 'UNAVAILABLE' || answer.has('error') ? 'provider' : 'token';
    await store.recordArrival(ctx, { ...target, outcome: 'failure' }, { refusal, reason: claims.detail });
    return { refusal };
  }
  const domains = await store.domainsOf(ctx, tenantId);
  const proved = domains.filter(({ verifiedAtMs }) => verifiedAtMs !== null).map(({ domain }) => domain);
  const person = judgePerson(claims, connection, proved);
  const arrival = 'refusal' in person ? person : await settle(ctx, connection, claims.sub, person);
  if (arrival.refusal !== null)
    await store.recordArrival(ctx, { ...target, outcome: 'denied' }, { ...arrival, subject: claims.sub });
  return arrival;
}

/** A connection that was changed meanwhile, or another tenant's, is not what was begun. */
function isAbout(attempt: Attempt, { tenantId, issuer, clientId }: store.Connection): boolean {
  return attempt.tenantId === tenantId && attempt.issuer === issuer && attempt.clientId === clientId;
}

/** Finds or makes the person's account, and gives them the place that the provider says, no more. */
async function settle(
  ctx: Context,
  connection: store.Connection,
  subject: string,
  person: ProvidedPerson,
): Promise<Arrival> {
  const { tenantId, issuer } = connection;
  const account = { providerId: store.providerOf(tenantId), accountId: `${issuer} ${subject}` };
  const known = await people.personByAccount(ctx, account);
  const existing = known?.id ?? (await people.idByEmail(ctx, person.email));
  const before = existing === undefined ? undefined : await people.roleOf(ctx, tenantId, existing);
  const role = roleAfter(before, person);
  if (role === null) {
    if (known !== undefined && before !== undefined)
      await people.removeMember(asProvider(ctx), tenantId, known.id, before);
    return { refusal: 'no_role' };
  }
  if (known === undefined && existing !== undefined) {
    const untilMs = attemptUntilMs(ctx.nowMs);
    return { refusal: 'link', link: { tenantId, issuer, subject, email: person.email, untilMs } };
  }
  const hasOwn = known !== undefined && (await hasFactor(ctx.db, known.id));
  if (connection.mfaRequired && !person.hasMfa && !hasOwn) return { refusal: 'second_factor' };
  const found = { refusal: null, email: known?.email ?? person.email, hasMfa: person.hasMfa } as const;
  if (known === undefined) {
    const made = { email: person.email, name: person.name, account };
    return { ...found, userId: await people.addProvidedPerson(asProvider(ctx), made, { tenantId, role }) };
  }
  const userId = known.id;
  if (before === undefined)
    await people.addProvidedMember(asProvider(ctx), { tenantId, userId, role, email: known.email });
  else if (before !== role) await people.changeRole(asProvider(ctx), { tenantId, userId }, { before, after: role });
  return { ...found, userId };
}

/** Owners are made and unmade by owners; without rules for groups so is everybody but newcomers. */
function roleAfter(before: string | undefined, { role, isRoleFromGroups }: ProvidedPerson): string | null {
  if (before === 'owner') return before;
  return isRoleFromGroups ? role : (before ?? role);
}

/** What a provider causes is told as its own deed. */
function asProvider(ctx: Context): Context {
  return { ...ctx, caller: { ...ctx.caller, kind: 'system', id: 'single-sign-on', name: 'Single sign-on' } };
}
