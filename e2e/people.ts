import { type Client, createClient } from '@aegis/skill-sdk/client';
import { inject } from 'vitest';
import type { Account } from '../scripts/accounts.ts';

/** An account of the demo: `acme owner`, `platform reviewer` … */
export function account(tenant: 'acme' | 'globex' | 'platform', role: Account['role']): Account {
  const slug = tenant === 'platform' ? null : tenant;
  const found = inject('house').accounts.find((candidate) => candidate.tenant === slug && candidate.role === role);
  if (found === undefined) throw new Error(`the demo has no ${role} of ${tenant}`);
  return found;
}

/** The id of a tenant of the demo. */
export function tenantIdOf(tenant: 'acme' | 'globex'): string {
  return account(tenant, 'owner').tenantId ?? '';
}

/** Acts with the API key of the account, as a program does. */
export function byKey({ apiKey }: Account): Client {
  return createClient({ url: inject('house').url, token: apiKey ?? undefined });
}

/** Acts with the session of the account, as a browser does. */
export function bySession({ email }: Account): Client {
  const { url, cookies } = inject('house');
  return createClient({ url, headers: { cookie: cookies[email] ?? '', origin: url } });
}
