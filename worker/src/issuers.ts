import { AegisError } from '@aegis/skill-sdk/errors';
import { createRemoteJWKSet, customFetch } from 'jose';
import { z } from 'zod';
import type { Context } from './context.ts';
import { readOutside } from './outside.ts';

/** How a token may be signed: never with a secret that both sides know, and never not at all. */
export const ID_TOKEN_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
export const CLOCK_TOLERANCE_SECONDS = 30;
/** After an unknown key the issuer is asked again, at most this often: keys rotate, and anybody can name an unknown one. */
const ASK_AGAIN_MS = 5000;
const KEPT_MS = 600_000;
/** Each tenant may name one; what is forgotten is read again. */
const ISSUERS_KEPT_MAX = 500;

const Metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });

/** An OpenID Connect issuer as it describes itself, and its keys. */
export interface Issuer {
  metadata: z.infer<typeof Metadata>;
  keys: ReturnType<typeof createRemoteJWKSet>;
}

const known = new Map<string, { issuer: Issuer; untilMs: number }>();

/** Reads an issuer's description, at most ten minutes old; `anew`: now. Throws UNAVAILABLE, which says what is wrong. */
export async function readIssuer(
  ctx: Pick<Context, 'config' | 'nowMs'>,
  address: string,
  anew = false,
): Promise<Issuer> {
  const kept = known.get(address);
  if (!anew && kept !== undefined && kept.untilMs > ctx.nowMs) return kept.issuer;
  const dev = ctx.config.APP_ENV === 'dev';
  const answer = await readOutside(new URL(`${address.replace(/\/$/, '')}/.well-known/openid-configuration`), dev);
  const found = Metadata.safeParse(await answer.json().catch(() => null));
  // OpenID Connect Discovery 1.0, section 4.3: the document must name the very issuer.
  if (!found.success)
    throw new AegisError('UNAVAILABLE', { detail: `${address} does not describe itself as OpenID Connect wants.` });
  if (found.data.issuer !== address)
    throw new AegisError('UNAVAILABLE', {
      detail: `${address} calls itself ${found.data.issuer}; wanted the very same. Mind a slash at the end.`,
    });
  const keys = createRemoteJWKSet(new URL(found.data.jwks_uri), {
    cooldownDuration: ASK_AGAIN_MS,
    cacheMaxAge: KEPT_MS,
    [customFetch]: (url) => readOutside(new URL(url), dev),
  });
  const issuer = { metadata: found.data, keys };
  if (known.size >= ISSUERS_KEPT_MAX) known.clear();
  known.set(address, { issuer, untilMs: ctx.nowMs + KEPT_MS });
  return issuer;
}
