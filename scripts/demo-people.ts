import type { KeyScope, PlatformRole, TenantRole } from '@aegis/skill-sdk/actions';
import { type Client, createClient } from '@aegis/skill-sdk/client';
import type { Account } from './accounts.ts';
import { signIn } from './session.ts';

/** A person of the demo: the account, and a client that acts as they do in the browser. */
export interface Person extends Account {
  client: Client;
}

export interface People {
  admin: Person;
  reviewer: Person;
  auditor: Person;
  tenants: Record<'acme' | 'globex', TenantPeople>;
}
export interface TenantPeople {
  tenantId: string;
  owner: Person;
  author: Person;
  member: Person;
}

const READ: KeyScope[] = ['skill:read', 'install:read', 'agent:read', 'blocked:read'];
const WRITE: KeyScope[] = ['skill:publish', 'skill:deprecate', 'skill:yank', 'skill:delete'];
/** The roles that the demo has somebody for. */
type DemoRole = Extract<TenantRole, 'owner' | 'author' | 'member'>;
const SCOPES: Record<DemoRole, KeyScope[]> = {
  member: [...READ, 'install:write'],
  author: [...READ, 'install:write', ...WRITE],
  owner: [...READ, 'install:write', ...WRITE],
};

const TENANTS = {
  acme: { name: 'Acme Logistics', owner: 'Mara Lindqvist', author: 'Jonas Okafor', member: 'Tilda Brandt' },
  globex: { name: 'Globex Energy', owner: 'Priya Raman', author: 'Luca Moretti', member: 'Ewa Nowak' },
};
const PLATFORM: Record<PlatformRole, string> = {
  admin: 'Ines Duarte',
  reviewer: 'Kofi Mensah',
  auditor: 'Hanna Virtanen',
};

/** Everybody of the demo, made in the way that real people come in: set-up link, invitations, sign-in. */
export async function invitePeople(url: string, setupToken: string): Promise<People> {
  const anyone = createClient({ url });
  const first = platformAccount('admin');
  await anyone.setup({ token: setupToken, email: first.email, name: PLATFORM.admin, password: first.password });
  const admin = await personOf(url, first);
  const joinPlatform = async (role: PlatformRole) => {
    const account = platformAccount(role);
    const { url: invitation } = await admin.client.invitations.create({ email: account.email, role });
    return await accept(url, invitation, account, PLATFORM[role]);
  };
  return {
    admin,
    reviewer: await joinPlatform('reviewer'),
    auditor: await joinPlatform('auditor'),
    tenants: { acme: await makeTenant(url, admin, 'acme'), globex: await makeTenant(url, admin, 'globex') },
  };
}

async function makeTenant(url: string, admin: Person, slug: 'acme' | 'globex'): Promise<TenantPeople> {
  const names = TENANTS[slug];
  const ownerEmail = tenantAccount(slug, 'owner', '').email;
  const { tenant, invitationUrl } = await admin.client.tenants.create({ slug, name: names.name, ownerEmail });
  const join = async (role: DemoRole, invitation: string) => {
    const person = await accept(url, invitation, tenantAccount(slug, role, tenant.id), names[role]);
    const key = await person.client.keys.create(tenant.id, { name: `${names[role]}, CLI`, scopes: SCOPES[role] });
    return { ...person, apiKey: key.secret };
  };
  const owner = await join('owner', invitationUrl);
  const invite = async (role: DemoRole) => {
    const { url: invitation } = await owner.client.tenants.invite(tenant.id, {
      email: tenantAccount(slug, role, '').email,
      role,
    });
    return await join(role, invitation);
  };
  return { tenantId: tenant.id, owner, author: await invite('author'), member: await invite('member') };
}

async function accept(url: string, invitation: string, account: Account, name: string): Promise<Person> {
  const token = new URL(invitation).searchParams.get('token') ?? '';
  await createClient({ url }).invitations.accept({ token, name, password: account.password });
  return await personOf(url, account);
}

async function personOf(url: string, account: Account): Promise<Person> {
  return { ...account, client: await signIn(url, account.email, account.password) };
}

/** Passwords of the demo can be guessed on purpose: whoever tries it out need not look them up. */
function passwordOf(place: string, role: string): string {
  return `${place.charAt(0).toUpperCase()}${place.slice(1)}-${role}-2026`;
}

function platformAccount(role: PlatformRole): Account {
  return {
    tenant: null,
    tenantId: null,
    role,
    email: `${role}@aegis.example`,
    password: passwordOf('aegis', role),
    apiKey: null,
  };
}

function tenantAccount(slug: string, role: TenantRole, tenantId: string): Account {
  return {
    tenant: slug,
    tenantId,
    role,
    email: `${role}@${slug}.example`,
    password: passwordOf(slug, role),
    apiKey: null,
  };
}

/** The accounts in the order in which they are told. */
export function accountsOf({ admin, reviewer, auditor, tenants }: People): Account[] {
  const all = [
    ...Object.values(tenants).flatMap(({ owner, author, member }) => [owner, author, member]),
    reviewer,
    admin,
    auditor,
  ];
  return all.map(({ client: _, ...account }) => account);
}
