import { SSO_ATTEMPT_MINUTES } from '@aegis/skill-sdk/limits';
import { z } from 'zod';
import { seal, unseal } from '../../sealed.ts';

const MINUTE_MS = 60_000;
/** What an attempt is sealed for: nothing else that is sealed here opens as one. */
const KINDS = { attempt: 'aegis.sso', link: 'aegis.sso_link' } as const;
const PATHS = { attempt: '/api/auth/sso', link: '/' } as const;

const Attempt = z.object({
  tenantId: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  untilMs: z.number(),
});
/** One sign-in elsewhere that this browser began. */
export type Attempt = z.infer<typeof Attempt>;

const Link = z.object({
  tenantId: z.string(),
  issuer: z.string(),
  subject: z.string(),
  email: z.string(),
  untilMs: z.number(),
});
/** Somebody whom a provider knows by the address of an account that is not connected with it yet. */
export type Link = z.infer<typeof Link>;

const SHAPES = { attempt: Attempt, link: Link };
type Kind = keyof typeof KINDS;
type Kept<K extends Kind> = z.infer<(typeof SHAPES)[K]>;

/** When what begins now has ended (epoch ms). */
export function attemptUntilMs(nowMs: number): number {
  return nowMs + SSO_ATTEMPT_MINUTES * MINUTE_MS;
}

/** The cookie that keeps it in this browser, encrypted; nothing is stored for strangers. */
export async function keepCookie<K extends Kind>(
  { secret, isHttps }: { secret: string; isHttps: boolean },
  kind: K,
  value: Kept<K>,
): Promise<string> {
  const sealed = await seal(secret, KINDS[kind], JSON.stringify(value));
  return `${KINDS[kind]}=${sealed}; ${flags(kind, isHttps)}; Max-Age=${SSO_ATTEMPT_MINUTES * 60}`;
}

/** The cookie that forgets it. */
export function forgetCookie(kind: Kind, isHttps: boolean): string {
  return `${KINDS[kind]}=; ${flags(kind, isHttps)}; Max-Age=0`;
}

/** What this browser kept; null when it kept nothing, or that has ended. */
export async function keptIn<K extends Kind>(
  secret: string,
  kind: K,
  cookies: string | undefined,
  nowMs: number,
): Promise<Kept<K> | null> {
  const sealed = (cookies ?? '')
    .split('; ')
    .find((pair) => pair.startsWith(`${KINDS[kind]}=`))
    ?.slice(KINDS[kind].length + 1);
  if (sealed === undefined || sealed === '') return null;
  const text = await unseal(secret, KINDS[kind], sealed).catch(() => null);
  if (text === null) return null;
  const found = SHAPES[kind].parse(JSON.parse(text)) as Kept<K>;
  return found.untilMs > nowMs ? found : null;
}

/** Lax, and not strict: the provider's page is what leads back here. */
function flags(kind: Kind, isHttps: boolean): string {
  return `Path=${PATHS[kind]}; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`;
}
