import type { Account } from '../scripts/accounts.ts';
import { account, bySession, tenantIdOf } from './people.ts';

export interface PageVisit {
  /** Names the screenshot too. */
  name: string;
  reader: 'a stranger' | 'an owner' | 'a reviewer' | 'an admin';
  who: Account | null;
  path: string;
}

/** Every page of the dashboard, with the demo's own subjects. */
export async function allPages(): Promise<PageVisit[]> {
  const owner = account('acme', 'owner');
  const reviewer = account('platform', 'reviewer');
  const admin = account('platform', 'admin');
  const tenant = `/t/${tenantIdOf('acme')}`;
  const [tenantClient, platform] = [bySession(owner), bySession(admin)];
  const { skills } = await tenantClient.skills.list({ all: true });
  const idOf = (name: string, version: string) =>
    skills.find((skill) => skill.name === name && skill.version === version)?.id ?? 'missing';
  const approved = `${tenant}/skills/private/${idOf('exchange-rates', '1.0.0')}`;
  const { reviews } = await platform.reviews.list();
  const hostile = reviews.find(({ critical }) => critical > 0)?.id ?? 'missing';
  const { agents } = await tenantClient.agents.list(tenantIdOf('acme'));
  const agentId = agents.find(({ name }) => name === 'treasury-desk')?.id ?? 'missing';
  const { clusters } = await platform.clusters.list();
  const of = (reader: PageVisit['reader'], who: Account | null, pages: Record<string, string>): PageVisit[] =>
    Object.entries(pages).map(([name, path]) => ({ name, reader, who, path }));
  return [
    ...of('a stranger', null, {
      'sign-in': '/sign-in',
      'sign-in-refused': '/sign-in?sso=link',
      'docs-api': '/docs/api',
      'docs-errors': '/docs/errors',
      'docs-error': '/docs/errors/version-exists',
    }),
    ...of('an owner', owner, {
      overview: tenant,
      skills: `${tenant}/skills/private`,
      upload: `${tenant}/skills/private/upload`,
      skill: approved,
      'skill-manifest': `${approved}/manifest`,
      'skill-findings': `${approved}/findings`,
      'skill-files': `${approved}/files`,
      'skill-versions': `${approved}/versions`,
      'skill-installs': `${approved}/installs`,
      agents: `${tenant}/agents`,
      agent: `${tenant}/agents/${agentId}`,
      blocked: `${tenant}/blocked`,
      members: `${tenant}/members`,
      'sign-on': `${tenant}/members/sign-on`,
      connect: '/connect',
      keys: `${tenant}/keys`,
      publishers: `${tenant}/keys/publishers`,
      device: '/device',
      audit: `${tenant}/audit`,
      account: '/account',
      'second-factor': '/second-factor',
    }),
    ...of('a reviewer', reviewer, {
      reviews: '/admin/reviews',
      review: `/admin/reviews/${idOf('exchange-rates', '1.1.0')}`,
      'review-hostile': `/admin/reviews/${hostile}`,
    }),
    ...of('an admin', admin, {
      'admin-skills': '/admin/skills',
      clusters: '/admin/clusters',
      cluster: `/admin/clusters/${clusters[0]?.id ?? 'missing'}`,
      tenants: '/admin/tenants',
      mails: '/admin/mails',
      'admin-blocked': '/admin/blocked',
      'admin-audit': '/admin/audit',
    }),
  ];
}
