import { createHmac } from 'node:crypto';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { expectAccessible, noBrowser, openAs, openBrowser, troublesOf, visit } from './browser.ts';
import { account, bySession, tenantIdOf } from './people.ts';

const PASSWORD = 'Lantern-Boat-77?';

/** RFC 6238, apart from the product’s own: the code of an authenticator app. */
function codeOf(secret: string, atMs: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)));
  const mac = createHmac('sha1', key).update(moment).digest();
  const offset = mac.readUInt8(19) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** Somebody new of acme, who came by invitation. */
async function invited(email: string): Promise<void> {
  const owner = bySession(account('acme', 'owner'));
  const { url } = await owner.tenants.invite(tenantIdOf('acme'), { email, role: 'member' });
  const token = new URL(url).searchParams.get('token') ?? '';
  await owner.invitations.accept({ token, name: 'Noor Haddad', password: PASSWORD });
}

async function signInByPassword(page: Page, email: string): Promise<void> {
  await visit(page, '/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** A device with a finger that says yes. */
async function withAuthenticator(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  return devtools;
}

it('no page runs a script that is written into it, or stands in a frame (C37, C38)', async () => {
  const { headers } = await fetch(`${inject('house').url}/sign-in`);
  const policy = headers.get('content-security-policy') ?? '';
  const of = (name: string) => policy.split('; ').find((part) => part.startsWith(`${name} `)) ?? '';
  expect(of('frame-ancestors')).toBe("frame-ancestors 'none'");
  expect(of('script-src')).toContain("'self'");
  expect(of('script-src')).not.toMatch(/unsafe|\*|https?:/);
  expect(of('style-src')).not.toContain('unsafe-inline');
  expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
  expect(headers.get('permissions-policy')).toContain('camera=()');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

describe.skipIf(noBrowser)('the door (X6, A227)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it('a person sets up an app, is asked for it at the next sign-in, and gets in with a backup code too', async () => {
    const email = 'noor.app@acme.example';
    await invited(email);
    const page = await openAs(browser, null);
    await signInByPassword(page, email);
    await visit(page, '/account');
    await page.getByRole('button', { name: 'Set up an app' }).click();
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Show the QR code' }).click();
    await page
      .getByRole('img', { name: /QR code/ })
      .locator('svg')
      .waitFor();
    const secret = (await page.locator('.command code').innerText()).trim();
    await expectAccessible(page);
    await page.getByLabel('Code that the app shows').fill(codeOf(secret, Date.now()));
    await page.getByRole('button', { name: 'Confirm the app' }).click();
    await page.locator('ol.mono li').first().waitFor();
    const codes = await page.locator('ol.mono li').allInnerTexts();
    expect(codes).toHaveLength(10);
    await page.getByRole('button', { name: 'I have them' }).click();
    await page.context().clearCookies();

    await signInByPassword(page, email);
    await page.waitForURL(/\/second-factor/);
    await page.goto(`/t/${tenantIdOf('acme')}`);
    await page.waitForURL(/\/second-factor/);
    // A code serves once, so this is the next one: the registry takes it a step early (RFC 6238, section 5.2).
    await page.getByLabel('Code').fill(codeOf(secret, Date.now() + 30_000));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname.startsWith(`/t/${tenantIdOf('acme')}`));
    await page.context().clearCookies();

    await signInByPassword(page, email);
    await page.getByLabel('Code').fill(codes[0] ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/second-factor');
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });

  it('a person adds a passkey, signs in with it alone, and takes it away', async () => {
    const email = 'noor.passkey@acme.example';
    await invited(email);
    const page = await openAs(browser, null);
    await withAuthenticator(page);
    await signInByPassword(page, email);
    await visit(page, '/account');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByLabel('Name').fill('Blue laptop');
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('cell', { name: 'Blue laptop', exact: true }).waitFor();
    await page.context().clearCookies();

    await visit(page, '/sign-in');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    await visit(page, '/account');
    await page.getByRole('button', { name: 'Remove Blue laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('None yet.').waitFor();
    await page.context().close();
  });

  it('a stranger at the door learns nothing, and a stolen window is ended from another', async () => {
    const { url } = inject('house');
    const answers = await Promise.all(
      ['/api/tenants/ten-01jd0000000000000000000000', '/api/nothing', '/api/audit-logs', '/api/account/sessions'].map(
        async (path) => (await fetch(`${url}${path}`)).status,
      ),
    );
    expect(answers).toEqual([401, 401, 401, 401]);
    const email = 'noor.sessions@acme.example';
    await invited(email);
    const [own, stolen] = [await openAs(browser, null), await openAs(browser, null)];
    for (const page of [own, stolen]) await signInByPassword(page, email);
    await visit(own, '/account');
    await own.getByRole('button', { name: 'End all others' }).click();
    await own.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
    await expect
      .poll(
        async () => {
          await stolen.goto('/account');
          return new URL(stolen.url()).pathname;
        },
        { timeout: 30_000 },
      )
      .toBe('/sign-in');
    for (const page of [own, stolen]) await page.context().close();
  });
});
