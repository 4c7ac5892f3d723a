import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@aegis/skill-sdk/client';
import { describe, expect, inject, it } from 'vitest';
import { expectAccessible, noBrowser, openAs, openBrowser, troublesOf, visit } from './browser.ts';
import { aegisAt, temporaryFolder } from './cli.ts';
import { account, bySession, tenantIdOf } from './people.ts';

const works = async (token: string): Promise<boolean> =>
  await createClient({ url: inject('house').url, token })
    .me()
    .then(
      () => true,
      () => false,
    );

describe('keys (X6, A227)', () => {
  it('the command line signs in with a key, gives it a new secret, and goes on with that', async () => {
    const home = temporaryFolder();
    const author = account('acme', 'author');
    const { secret } = await bySession(author).keys.create(tenantIdOf('acme'), {
      name: 'rotates',
      scopes: ['skill:read'],
      days: 10,
    });
    const signedIn = await aegisAt(home, ['login', '--token', secret]);
    expect(signedIn.code, signedIn.stderr).toBe(0);
    const rotated = await aegisAt(home, ['rotate', '--overlap', '0']);
    expect(rotated.code, rotated.stderr).toBe(0);
    await expect.poll(() => works(secret), { timeout: 10_000 }).toBe(false);
    const who = await aegisAt(home, ['whoami']);
    expect([who.code, who.stderr]).toEqual([0, expect.stringContaining('This key expires in 9 days')]);
    const kept = readFileSync(join(home, '.config/aegis/credentials.json'), 'utf8');
    expect(kept).not.toContain(secret);
  });

  it.skipIf(noBrowser)('a person rotates a key on its page, sees both secrets, and ends the old one', async () => {
    const browser = await openBrowser();
    const author = account('acme', 'author');
    const client = bySession(author);
    const { secret: old } = await client.keys.create(tenantIdOf('acme'), { name: 'page key', scopes: ['skill:read'] });
    const page = await openAs(browser, author);
    await visit(page, `/t/${tenantIdOf('acme')}/keys`);
    await page.getByRole('button', { name: 'Rotate page key' }).click();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const shown = page.getByRole('dialog').locator('.command code').first();
    await shown.waitFor();
    const secret = (await shown.innerText()).trim();
    await page.getByRole('button', { name: 'I have it' }).click();
    expect(await Promise.all([works(old), works(secret)])).toEqual([true, true]);
    await page.getByText('works until').first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'End old secret of page key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it now' }).click();
    await expect.poll(() => works(old), { timeout: 10_000 }).toBe(false);
    expect(await works(secret)).toBe(true);
    expect(troublesOf(page)).toEqual([]);
    await browser.close();
  });

  it.skipIf(noBrowser)('a person lets their command line in, and chooses what it may do (RFC 8628)', async () => {
    const home = temporaryFolder();
    const browser = await openBrowser();
    const page = await openAs(browser, account('acme', 'author'));
    const told = Promise.withResolvers<string>();
    const signedIn = aegisAt(home, ['login', '--device'], (stderr) => {
      const code = /[B-Z]{4}-[B-Z]{4}/.exec(stderr)?.[0];
      if (code !== undefined) told.resolve(code);
    });
    const code = await told.promise;
    // A link fills the code in, and nothing else.
    await visit(page, `/device?code=${code}`);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Let in this device?' }).waitFor();
    await page.getByText('Only go on if').waitFor();
    await expectAccessible(page);
    await page.getByLabel('skill:publish').uncheck();
    await page.getByRole('button', { name: 'Let it in' }).click();
    await page.getByRole('heading', { name: 'The device is in' }).waitFor();
    await expectAccessible(page);
    const { code: exit, stderr } = await signedIn;
    expect(exit, stderr).toBe(0);
    const who = await aegisAt(home, ['whoami']);
    expect(who.stdout).toContain('API key');
    expect(who.stdout).toContain('may: skill:read\n');
    // The code is used up, also for the one who let it in.
    await visit(page, `/device?code=${code}`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('No open request has this code').waitFor();
    expect(troublesOf(page).filter((text) => !text.includes('404'))).toEqual([]);
    await browser.close();
  });
});
