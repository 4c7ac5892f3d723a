import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@aegis/skill-sdk/client';
import type { AegisError } from '@aegis/skill-sdk/errors';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { invitePeople, type People } from '../scripts/demo-people.ts';
import { type Stack, startStack } from '../scripts/stack.ts';
import { expectAccessible, noBrowser, openAs, openBrowser, troublesOf, visit } from './browser.ts';
import { CLIENT, type Company, startCompany, unsigned } from './company.ts';
import { account, bySession, tenantIdOf } from './people.ts';
import { Wanderer } from './wanderer.ts';

// A registry of its own, whose name server is the test's; two companies, each with a real provider.
let folder: string;
let stack: Stack;
let people: People;
let acme: Company;
let globex: Company;
const COMPANY = 'acme-works.example';
const GROUPS = [
  { group: 'skill-authors', role: 'author' as const },
  { group: 'skill-admins', role: 'tenant_admin' as const },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-sso-'));
  [acme, globex] = [await startCompany(), await startCompany()];
  stack = await startStack({
    stateDir: folder,
    dashboard: false,
    demo: true,
    dnsOverHttps: acme.dns,
    mailEndpoint: `${acme.issuer}/mail`,
  });
  people = await invitePeople(stack.url, stack.secrets.setupToken);
  for (const [company, { tenantId }] of [
    [acme, people.tenants.acme],
    [globex, people.tenants.globex],
  ] as const)
    company.allow([`${stack.url}/api/auth/sso/${tenantId}/callback`]);
  await configure();
  const { owner, tenantId } = people.tenants.globex;
  await owner.client.sso.configure(tenantId, { ...BASE, issuer: globex.issuer, fallbackRole: 'member' });
  const { id } = await owner.client.sso.addDomain(tenantId, { domain: 'globex-works.example' });
  await people.admin.client.sso.confirmDomain(tenantId, id);
}, 240_000);
afterAll(async () => {
  await stack.stop();
  await Promise.all([acme.stop(), globex.stop()]);
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const company of [acme, globex]) Object.assign(company, { crooked: null, someoneElse: null });
});

const BASE = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
const configure = (rest: object = {}) =>
  people.tenants.acme.owner.client.sso.configure(people.tenants.acme.tenantId, {
    ...{ ...BASE, issuer: acme.issuer, roles: GROUPS, mfaValues: ['mfa'] },
    ...rest,
  });
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    ({ code }: AegisError) => code,
  );

/** Somebody of a company, known to its provider by their address. */
function employ(company: Company, email: string, claims: object = {}): string {
  company.people.set(email, { email, email_verified: true, name: email, groups: ['skill-authors'], ...claims });
  return email;
}

async function start(browser: Wanderer, email: string, next?: string): Promise<string> {
  const answer = await browser.fetch(`${stack.url}/api/auth/sso/start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, next }),
  });
  const { url } = (await answer.json()) as { url?: string };
  return url ?? `${answer.status}`;
}

/** As far as the way back to the registry. */
async function goThere(browser: Wanderer, email: string, next?: string): Promise<string> {
  return await browser.throughProvider(await start(browser, email, next), stack.url);
}

/** Where the registry sends the browser in the end, without its own address. */
async function comeBack(browser: Wanderer, address: string): Promise<string> {
  const answer = await browser.fetch(address);
  return (answer.headers.get('location') ?? `${answer.status}`).replace(stack.url, '');
}

async function signIn(email: string, browser = new Wanderer()): Promise<{ end: string; client: Client }> {
  const end = await comeBack(browser, await goThere(browser, email, '/t'));
  return { end, client: clientOf(browser) };
}

function clientOf(browser: Wanderer): Client {
  return createClient({ url: stack.url, headers: { cookie: browser.cookies(stack.url), origin: stack.url } });
}

const rolesOf = async (client: Client) =>
  Object.fromEntries((await client.me()).tenants.map(({ slug, role }) => [slug, role]));
const trail = async (targetType = 'session') =>
  (
    await people.tenants.acme.owner.client.audit.list({ tenantId: people.tenants.acme.tenantId, limit: 20 })
  ).events.filter((event) => event.targetType === targetType);

/** What began it stands in the same millisecond. */
const lastRefusal = async () => (await trail()).find(({ outcome }) => outcome !== 'intent');

describe('single sign-on of a tenant (A66, C32, C38, A227)', () => {
  it('a domain counts when its TXT record is there, or a platform admin vouches for it; one tenant has it', async () => {
    const { owner, tenantId } = people.tenants.acme;
    const { id, record } = await owner.client.sso.addDomain(tenantId, { domain: COMPANY });
    const check = () => owner.client.sso.checkDomain(tenantId, id);
    await expect(check()).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      detail: expect.stringContaining('no TXT record'),
    });
    acme.records.set(record.name, 'aegis-domain=guessed');
    await expect(check()).rejects.toMatchObject({ detail: expect.stringContaining('something else') });
    expect(await start(new Wanderer(), employ(acme, `early@${COMPANY}`))).toBe('404');
    acme.records.set(record.name, record.value);
    expect(await check()).toMatchObject({ verifiedBy: 'dns', verifiedAt: expect.any(String) });
    const other = people.tenants.globex;
    const claimed = await other.owner.client.sso.addDomain(other.tenantId, { domain: COMPANY });
    expect(await codeOf(people.admin.client.sso.confirmDomain(other.tenantId, claimed.id))).toBe('STATE_CONFLICT');
    await other.owner.client.sso.removeDomain(other.tenantId, claimed.id);
  });

  it('the secret of the client is shown to nobody, stored encrypted, and goes to no other issuer (C39)', async () => {
    const { owner, tenantId } = people.tenants.acme;
    expect(JSON.stringify(await owner.client.sso.get(tenantId))).not.toContain(CLIENT.secret);
    const { DB } = (await stack.bindings()) as { DB: D1Like };
    const { results } = await DB.prepare('select * from sso_connections').all();
    expect(results).toHaveLength(2);
    expect(JSON.stringify(results)).not.toContain(CLIENT.secret);
    const moved = owner.client.sso.configure(tenantId, { issuer: globex.issuer, clientId: CLIENT.id });
    await expect(moved).rejects.toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/clientSecret' }] });
  });

  it('an address that is no provider, or none of the public net, is refused with the reason (SSRF)', async () => {
    const refused = async (issuer: string) => await codeOf(configure({ issuer }));
    for (const issuer of [`${acme.issuer}/`, `${stack.url}`, 'http://10.0.0.1', 'https://metadata.internal'])
      expect([issuer, await refused(issuer)]).toEqual([issuer, 'VALIDATION_FAILED']);
  });

  it('a try of the connection says in words what is wrong', async () => {
    const { owner, tenantId } = people.tenants.acme;
    const failed = async () => (await owner.client.sso.test(tenantId)).checks.filter(({ ok }) => !ok);
    expect(await failed()).toEqual([]);
    await configure({ clientSecret: 'another' });
    expect(await failed()).toMatchObject([{ name: 'Client id and secret', detail: expect.stringContaining('secret') }]);
    await configure();
  });

  it('a newcomer gets the role of their groups, in this tenant alone, and goes where they wanted to go', async () => {
    const { end, client } = await signIn(employ(acme, `new@${COMPANY}`));
    expect([end, await rolesOf(client)]).toEqual(['/t', { acme: 'author' }]);
    expect(await codeOf(client.tenants.get(people.tenants.globex.tenantId))).toBe('NOT_FOUND');
    expect(await trail()).toContainEqual(
      expect.objectContaining({
        action: 'session:create',
        outcome: 'success',
        details: expect.objectContaining({ way: 'single sign-on' }),
      }),
    );
    // What they are signed in with is the company's: nothing of their own account can be changed by it.
    expect(await codeOf(client.account.removeTotp())).toBe('FORBIDDEN');
  });

  it('a role follows the groups at the next sign-in, and without any of them the place is gone', async () => {
    const email = employ(acme, `moves@${COMPANY}`);
    const first = await signIn(email);
    employ(acme, email, { groups: ['skill-admins', 'skill-authors'] });
    expect(await rolesOf((await signIn(email)).client)).toEqual({ acme: 'tenant_admin' });
    employ(acme, email, { groups: ['something-else'] });
    expect((await signIn(email)).end).toBe('/sign-in?sso=no_role');
    await expect.poll(() => codeOf(first.client.me()), { timeout: 10_000 }).toBe('UNAUTHENTICATED');
    expect(await trail('user')).toContainEqual(expect.objectContaining({ action: 'member:remove' }));
    await configure({ fallbackRole: 'member' });
    expect(await rolesOf((await signIn(email)).client)).toEqual({ acme: 'member' });
    await configure();
  });

  it('an account that exists is never taken over: its owner connects it, signed in as themselves', async () => {
    const { owner, tenantId } = people.tenants.acme;
    const email = `known@${COMPANY}`;
    const { url } = await owner.client.tenants.invite(tenantId, { email, role: 'member' });
    const password = 'Known-person-2026';
    await createClient({ url: stack.url }).invitations.accept({
      ...{ token: new URL(url).searchParams.get('token') ?? '', name: 'Known', password },
    });
    employ(acme, email);
    const browser = new Wanderer();
    expect((await signIn(email, browser)).end).toBe('/sign-in?sso=link');
    expect(await codeOf(clientOf(browser).me())).toBe('UNAUTHENTICATED');
    // Somebody else in the same browser connects nothing.
    await byPassword(browser, people.tenants.acme.member.email, people.tenants.acme.member.password);
    expect(await codeOf(clientOf(browser).sso.link())).toBe('STATE_CONFLICT');
    await byPassword(browser, email, password);
    await clientOf(browser).sso.link();
    expect(await codeOf(clientOf(browser).sso.link())).toBe('STATE_CONFLICT');
    const { end, client } = await signIn(email);
    expect([end, await rolesOf(client)]).toEqual(['/t', { acme: 'author' }]);
  });

  it.each([
    ['another nonce', 'token', (claims: object) => ({ ...claims, nonce: 'other' })],
    ['another issuer', 'token', (claims: object) => ({ ...claims, iss: 'https://evil.example' })],
    ['another client as audience', 'token', (claims: object) => ({ ...claims, aud: 'other' })],
    ['two audiences and another party', 'token', (claims: object) => ({ ...claims, aud: ['aegis', 'x'], azp: 'x' })],
    ['an end that has passed', 'token', (claims: object) => ({ ...claims, exp: 1000, iat: 900 })],
    ['no signature (alg none)', 'token', (claims: object) => unsigned({ ...claims })],
    [
      'a signature of nobody',
      'token',
      (claims: object) => `${unsigned({ ...claims }).replace(/^[^.]+/, 'eyJhbGciOiJSUzI1NiJ9')}AAAA`,
    ],
    ['an address that is not verified', 'email_unverified', (claims: object) => ({ ...claims, email_verified: false })],
    ['an address of a foreign domain', 'foreign_domain', (claims: object) => ({ ...claims, email: 'x@evil.example' })],
    [
      'an address of the other tenant',
      'foreign_domain',
      (claims: object) => ({ ...claims, email: 'x@globex-works.example' }),
    ],
  ])('an ID token with %s lets nobody in', async (what, refusal, crooked) => {
    const email = employ(acme, `crooked@${COMPANY}`);
    acme.crooked = crooked;
    const browser = new Wanderer();
    expect([what, (await signIn(email, browser)).end]).toEqual([what, `/sign-in?sso=${refusal}`]);
    expect(await codeOf(clientOf(browser).me())).toBe('UNAUTHENTICATED');
    const outcome = refusal === 'token' ? 'failure' : 'denied';
    expect(await lastRefusal()).toMatchObject({ outcome, details: { refusal } });
  });

  it('an answer works once, in the browser that asked, for the tenant that was asked, with its state', async () => {
    const email = employ(acme, `once@${COMPANY}`);
    const browser = new Wanderer();
    const address = await goThere(browser, email);
    const state = (text: string) => address.replace(/state=[^&]+/, `state=${text}`);
    // Another browser, and none: login CSRF.
    expect(await comeBack(new Wanderer(), address)).toBe('/sign-in?sso=attempt');
    const elsewhere = new Wanderer();
    await start(elsewhere, email);
    expect(await comeBack(elsewhere, address)).toBe('/sign-in?sso=token');
    // Another tenant's way back.
    const { tenantId } = people.tenants.globex;
    expect(await comeBack(browser, address.replace(people.tenants.acme.tenantId, tenantId))).toBe(
      '/sign-in?sso=attempt',
    );
    const wrongState = new Wanderer();
    await goThere(wrongState, email);
    expect(await comeBack(wrongState, state('made-up'))).toBe('/sign-in?sso=token');
    // Kept cookies do not bring an answer back to life (replay).
    const twice = new Wanderer();
    const again = await goThere(twice, email);
    const kept = { cookie: twice.cookies(stack.url) };
    expect(await comeBack(twice, again)).toBe('/');
    const replayed = await fetch(again, { headers: kept, redirect: 'manual' });
    expect(replayed.headers.get('location')).toBe(`${stack.url}/sign-in?sso=attempt`);
  });

  it('the answer of one company is worth nothing where another was asked (mix-up, RFC 9207)', async () => {
    const email = employ(acme, `mixed@${COMPANY}`);
    employ(globex, 'mixed@globex-works.example');
    const asked = new Wanderer();
    const state = new URL(await start(asked, email)).searchParams.get('state') ?? '';
    const foreign = new URL(await goThere(new Wanderer(), 'mixed@globex-works.example'));
    foreign.pathname = foreign.pathname.replace(people.tenants.globex.tenantId, people.tenants.acme.tenantId);
    foreign.searchParams.set('state', state);
    expect(await comeBack(asked, foreign.href)).toBe('/sign-in?sso=token');
    expect((await lastRefusal())?.details).toMatchObject({ reason: expect.stringContaining('"iss"') });
  });

  it('who says no at the provider is not let in, and the trail says what it answered', async () => {
    const email = employ(acme, `declines@${COMPANY}`);
    const browser = new Wanderer();
    const asked = new URL(await start(browser, email));
    const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
    for (const [name, value] of [
      ['error', 'access_denied'],
      ['state', asked.searchParams.get('state') ?? ''],
      ['iss', acme.issuer],
    ] as const)
      back.searchParams.set(name, value);
    expect(await comeBack(browser, back.href)).toBe('/sign-in?sso=provider');
    expect((await lastRefusal())?.details).toMatchObject({ reason: expect.stringContaining('access_denied') });
  });

  it('a second factor is believed when the provider names it, and wanted in every session where the tenant says so (A183)', async () => {
    const email = employ(acme, `careful@${COMPANY}`);
    const before = await signIn(email);
    expect(await rolesOf(before.client)).toEqual({ acme: 'author' });
    await configure({ mfaRequired: true });
    // Also the session that was open reaches nothing now.
    await expect.poll(() => rolesOf(before.client), { timeout: 10_000 }).toEqual({});
    expect((await signIn(email)).end).toBe('/sign-in?sso=second_factor');
    acme.crooked = (claims) => ({ ...claims, amr: ['pwd', 'mfa'] });
    expect(await rolesOf((await signIn(email)).client)).toEqual({ acme: 'author' });
    await configure();
  });

  it('required: passwords reach the tenant no more, but for an owner with a second factor, and that is told', async () => {
    const { owner, member, tenantId } = people.tenants.acme;
    const required = () => configure({ required: true });
    expect(await codeOf(required())).toBe('STATE_CONFLICT');
    const secret = await enrol(owner);
    await required();
    await expect.poll(() => rolesOf(member.client), { timeout: 10_000 }).toEqual({});
    expect((await member.client.me()).withheld).toMatchObject([{ id: tenantId }]);
    expect(await codeOf(member.client.tenants.get(tenantId))).toBe('NOT_FOUND');
    const browser = new Wanderer();
    await byPassword(browser, owner.email, owner.password);
    const glass = clientOf(browser);
    expect((await glass.me()).pending).toBe('second_factor');
    await glass.account.proveFactor({ code: totp(secret, 1) });
    await expect.poll(() => rolesOf(glass), { timeout: 10_000 }).toEqual({ acme: 'owner' });
    const told = (await glass.audit.list({ tenantId, limit: 20 })).events;
    expect(told).toContainEqual(
      expect.objectContaining({ severity: 'critical', details: expect.objectContaining({ breakGlass: true }) }),
    );
    expect(await rolesOf((await signIn(employ(acme, `daily@${COMPANY}`))).client)).toEqual({ acme: 'author' });
    await glass.sso.configure(tenantId, { ...BASE, issuer: acme.issuer, roles: GROUPS, required: false });
    await expect.poll(() => rolesOf(member.client), { timeout: 10_000 }).toEqual({ acme: 'member' });
  });

  it('one answer for every address of a domain: it is not told who has an account', async () => {
    const ask = async (email: string) => new URL(await start(new Wanderer(), email)).origin;
    expect(await ask(`nobody-ever@${COMPANY}`)).toBe(await ask(`new@${COMPANY}`));
    expect(await start(new Wanderer(), 'somebody@no-company.example')).toBe('404');
  });

  it('without the connection its sessions reach nothing', async () => {
    const { client } = await signIn(employ(acme, `last@${COMPANY}`));
    const { owner, tenantId } = people.tenants.globex;
    const other = await signIn(employ(globex, 'last@globex-works.example'));
    expect(await rolesOf(other.client)).toEqual({ globex: 'member' });
    await owner.client.sso.remove(tenantId);
    await expect.poll(() => rolesOf(other.client), { timeout: 10_000 }).toEqual({});
    expect(await rolesOf(client)).toEqual({ acme: 'author' });
  });
});

// Here because this registry has a network of its own.
describe('mail through a provider', () => {
  const invite = async (email: string) => {
    const { owner, tenantId } = people.tenants.acme;
    return await owner.client.tenants.invite(tenantId, { email, role: 'member' });
  };
  const mailOf = async (email: string) => {
    const { mails } = await people.admin.client.mails.list();
    return mails.find(({ to }) => to === email);
  };

  it('an invitation is sent once, with the key, and its text is kept and shown nowhere after that (C39)', async () => {
    const { url, mailed } = await invite('mailed@acme.example');
    expect(mailed).toBe(true);
    await expect.poll(async () => (await mailOf('mailed@acme.example'))?.state, { timeout: 30_000 }).toBe('sent');
    const [sent, ...others] = acme.mails.filter(({ body }) => JSON.stringify(body.to) === '["mailed@acme.example"]');
    expect(others).toEqual([]);
    expect(sent?.authorization).toBe(`Bearer ${stack.secrets.authSecret}`);
    expect(sent?.body).toMatchObject({ from: 'aegis@localhost', subject: 'You are invited to Acme Logistics' });
    expect(String(sent?.body.text)).toContain(url);
    expect((await mailOf('mailed@acme.example'))?.text).toBeNull();
    const { DB } = (await stack.bindings()) as { DB: D1Like };
    const { results } = await DB.prepare("select sealed from mails where recipient = 'mailed@acme.example'").all();
    expect(results).toEqual([{ sealed: null }]);
  });

  it('what the provider refuses waits for another try, and the page says why', async () => {
    acme.refusesMail = true;
    await invite('refused@acme.example');
    await expect
      .poll(() => mailOf('refused@acme.example'), { timeout: 30_000 })
      .toMatchObject({ state: 'queued', tries: 1, error: 'the provider answered 500', text: null });
    acme.refusesMail = false;
  });
});

describe.skipIf(noBrowser)('single sign-on in a browser (A227)', () => {
  it('an owner sets it up, an admin vouches for the domain, and a colleague comes in by the company’s page', async () => {
    const tenantId = tenantIdOf('globex');
    const { url } = inject('house');
    const company = await startCompany();
    company.allow([`${url}/api/auth/sso/${tenantId}/callback`]);
    const browser = await openBrowser();
    const owner = await openAs(browser, account('globex', 'owner'));
    await visit(owner, `/t/${tenantId}/members/sign-on`);
    await owner.getByRole('button', { name: 'Set up' }).click();
    await owner.getByLabel('Issuer').fill(company.issuer);
    await owner.getByLabel('Client id').fill(CLIENT.id);
    await owner.getByLabel('Client secret').fill(CLIENT.secret);
    await owner.getByLabel('Groups and their roles').fill('skill-authors = author');
    await expectAccessible(owner);
    await owner.getByRole('button', { name: 'Save' }).click();
    await owner.getByRole('button', { name: 'Add a domain' }).click();
    await owner.getByLabel('Domain of your addresses').fill('browser.example');
    await owner.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await owner.getByText('_aegis.browser.example').waitFor();
    await expectAccessible(owner);
    const admin = await openAs(browser, account('platform', 'admin'));
    await visit(admin, `/t/${tenantId}/members/sign-on`);
    await admin.getByRole('button', { name: 'Confirm browser.example' }).click();
    await admin.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
    await admin.getByText('Confirmed by the platform').waitFor();
    const colleague = await openAs(browser, null);
    const email = employ(company, 'nora@browser.example');
    await visit(colleague, '/sign-in');
    await colleague.getByLabel('E-mail').fill(email);
    await colleague.getByRole('button', { name: 'Sign in with your company' }).click();
    await colleague.getByRole('button', { name: 'Continue as nora' }).click();
    await colleague.waitForURL(`**/t/${tenantId}`);
    // Without a group of theirs the page says why, and nobody is signed in.
    employ(company, 'otto@browser.example', { groups: [] });
    const other = await openAs(browser, null);
    await visit(other, '/sign-in');
    await other.getByLabel('E-mail').fill('otto@browser.example');
    await other.keyboard.press('Tab');
    await other.getByRole('button', { name: 'Sign in with your company' }).press('Enter');
    await other.getByRole('button', { name: 'Continue as otto' }).press('Enter');
    await other.getByText('You have no access here.').waitFor();
    await expectAccessible(other);
    for (const page of [owner, admin, colleague, other]) expect(troublesOf(page)).toEqual([]);
    await bySession(account('globex', 'owner')).sso.remove(tenantId);
    await browser.close();
    await company.stop();
  });
});

interface D1Like {
  prepare(sql: string): { all(): Promise<{ results: unknown[] }> };
}

async function byPassword(browser: Wanderer, email: string, password: string): Promise<void> {
  const answer = await browser.fetch(`${stack.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.url },
    body: JSON.stringify({ email, password }),
  });
  expect(answer.status).toBe(200);
}

/** Sets up an authenticator app; every step works once, so this one takes the step before. */
async function enrol(owner: { client: Client; password: string }): Promise<string> {
  const { secret } = await owner.client.account.startTotp({ password: owner.password });
  await owner.client.account.confirmTotp({ code: totp(secret, -1) });
  return secret;
}

/** RFC 6238 by its text, apart from the product's own. */
function totp(secret: string, steps: -1 | 1): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
