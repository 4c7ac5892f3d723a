import { AegisError } from '@aegis/skill-sdk/errors';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Context } from '../context.ts';
import type { TrustedIssuer } from '../env.ts';
import { CLOCK_TOLERANCE_SECONDS, ID_TOKEN_ALGORITHMS, readIssuer } from '../issuers.ts';

/** A job asks for its token right before it is used. */
const TOKEN_AGE_MAX = '10m';

/**
 * The claims of a job's token, once issuer, signature, audience and times are right. Throws INVALID_GRANT, which says
 * what did not fit of what the token itself says, or UNAVAILABLE when the issuer's keys cannot be had.
 */
export async function verifyIdToken(
  ctx: Context,
  token: string,
): Promise<{ issuer: TrustedIssuer; claims: JWTPayload & { jti: string } }> {
  const issuer = issuerOf(ctx, token);
  try {
    const { keys } = await readIssuer(ctx, issuer.issuer);
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      audience: audiencesOf(ctx),
      algorithms: ID_TOKEN_ALGORITHMS,
      maxTokenAge: TOKEN_AGE_MAX,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(ctx.nowMs),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    });
    return { issuer, claims: { ...payload, jti: String(payload.jti) } };
  } catch (cause) {
    if (cause instanceof AegisError) throw cause;
    throw new AegisError('INVALID_GRANT', { detail: wordsOf(cause, ctx), cause });
  }
}

/** What a token must name as `aud`: an address of this registry, so that no other one can use it. */
export function audiencesOf(ctx: Context): string[] {
  return [ctx.config.APP_ORIGIN, ...ctx.config.TRUSTED_ORIGINS];
}

function issuerOf(ctx: Context, token: string): TrustedIssuer {
  const named = claimedIssuer(token);
  const found = ctx.config.TRUSTED_ISSUERS.find(({ issuer }) => issuer === named);
  if (found !== undefined) return found;
  throw new AegisError('INVALID_GRANT', {
    detail: `The token comes from ${named ?? 'no issuer'}, which this registry does not trust. Its operator lists issuers in TRUSTED_ISSUERS.`,
  });
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (cause) {
    throw new AegisError('INVALID_GRANT', { detail: 'What was sent is no token (JWT).', cause });
  }
}

function wordsOf(cause: unknown, ctx: Context): string {
  if (cause instanceof errors.JWTExpired)
    return 'The token has expired, or is older than ten minutes. Ask for a new one.';
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'aud') {
    return `The token is for ${JSON.stringify(cause.payload.aud)}, wanted ${ctx.config.APP_ORIGIN} as audience.`;
  }
  if (cause instanceof errors.JWTClaimValidationFailed) return `The token’s ${cause.claim} is missing or wrong.`;
  if (cause instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed with a key that its issuer does not publish.';
  if (cause instanceof errors.JOSEAlgNotAllowed) return 'The token is signed in a way that is not accepted.';
  return 'The signature of the token does not verify.';
}
