import { AegisError } from '@aegis/skill-sdk/errors';
import type { Config } from '../../env.ts';

/** The name that passkeys are bound to, and the origins whose pages may use them. */
export interface RelyingParty {
  id: string;
  origins: string[];
}

/**
 * Derived from where people reach the product. WebAuthn binds passkeys to a domain name, so an address will not do:
 * STATE_CONFLICT says so.
 */
export function relyingParty({
  APP_ORIGIN,
  TRUSTED_ORIGINS,
}: Pick<Config, 'APP_ORIGIN' | 'TRUSTED_ORIGINS'>): RelyingParty {
  const { hostname } = new URL(APP_ORIGIN);
  if (/^[\d.]+$|^\[/.test(hostname)) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `Passkeys are bound to a name, and this registry is reached at the address ${hostname}. Give it a name (APP_ORIGIN), or use localhost.`,
    });
  }
  const origins = [APP_ORIGIN, ...TRUSTED_ORIGINS].filter((origin) => new URL(origin).hostname === hostname);
  return { id: hostname, origins };
}
