import type { SsoRefusal, SsoRole } from '@aegis/skill-sdk/wire/sso';

/** Why a sign-in through a company came to nothing, for the one whom it happened to. */
export const REFUSAL_WORDS: Record<SsoRefusal, { title: string; text: string }> = {
  attempt: {
    title: 'This sign-in has ended.',
    text: 'It was begun in another browser, more than ten minutes ago, or was used already. Begin again here.',
  },
  provider: {
    title: 'Your company did not sign you in.',
    text: 'Its page said no or could not be reached. Try again; the admin of your tenant sees the reason.',
  },
  token: {
    title: 'What your company answered does not hold.',
    text: 'Nobody was signed in. The admin of your tenant sees the reason in the audit trail.',
  },
  email_unverified: {
    title: 'Your company does not vouch for your e-mail.',
    text: 'Its sign-in must send a verified address. Ask those who run it.',
  },
  foreign_domain: {
    title: 'Your e-mail is not one of your company’s domains here.',
    text: 'The owner of your tenant lists the domains that come in.',
  },
  no_role: {
    title: 'You have no access here.',
    text: 'None of your groups has a role in the tenant. Ask its owner, or those who run your groups.',
  },
  second_factor: {
    title: 'A second factor is needed.',
    text: 'Your company did not say that you used one. Sign in there with it, then come back.',
  },
  link: {
    title: 'You have an account here already.',
    text: 'Sign in to it once as ever, within ten minutes; then you connect it with your company.',
  },
};

/** One rule a line, `group = role`. What is no role is kept, for the registry to say so. */
export function parseGroupRoles(text: string): { group: string; role: SsoRole }[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.lastIndexOf('=');
      const group = at < 0 ? line : line.slice(0, at).trim();
      return { group, role: (at < 0 ? '' : line.slice(at + 1).trim()) as SsoRole };
    });
}

export function writeGroupRoles(roles: readonly { group: string; role: string }[]): string {
  return roles.map(({ group, role }) => `${group} = ${role}`).join('\n');
}

/** The roles that a provider may give. */
export const SIGN_ON_ROLES: readonly { value: SsoRole; text: string }[] = [
  { value: 'tenant_admin', text: 'Tenant admin' },
  { value: 'author', text: 'Author' },
  { value: 'member', text: 'Member' },
  { value: 'tenant_auditor', text: 'Tenant auditor' },
];
