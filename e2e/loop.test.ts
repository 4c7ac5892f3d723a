import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ROOT } from '../scripts/root.ts';
import { until } from '../scripts/until.ts';
import { noBrowser, openAs, openBrowser, signInByForm, troublesOf, visit } from './browser.ts';
import { aegis, aegisAgent, temporaryFolder } from './cli.ts';
import { account, bySession, tenantIdOf } from './people.ts';

const EXAMPLE = join(ROOT, 'examples', 'skills', 'exchange-rates');
const AGENT_NAME = 'plant-notes';
const DENIED = 'asia.rates.example';
const SECONDS = 1000;

it('what `aegis init` makes validates, tests, and builds the same bytes twice, without an edit (A14-A20, A52-A56)', async () => {
  const cwd = temporaryFolder();
  const folder = join(cwd, 'first-skill');
  expect((await aegis(['init', 'first-skill', '--author', 'Ada', '--yes'], { cwd })).code).toBe(0);
  expect((await aegis(['validate'], { cwd: folder })).stdout).toContain('✓ Manifest valid');
  const tested = await aegis(['test'], { cwd: folder });
  expect(tested, tested.stdout).toMatchObject({ code: 0 });
  const build = async (out: string) => {
    const built = await aegis(['build', '--out', join(cwd, out)], { cwd: folder });
    expect(built, built.stderr).toMatchObject({ code: 0 });
    return readFileSync(join(cwd, out, 'first-skill-1.0.0.tar.gz'));
  };
  expect((await build('a')).equals(await build('b'))).toBe(true);
});

/** One skill on its way round; each step needs the one before. */
describe.skipIf(noBrowser)('the whole loop, with the real CLI, registry, cluster agent and browser', () => {
  let browser: Browser;
  let versionId: string;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it('an author publishes an example from its folder (A20-A22)', async () => {
    const cwd = temporaryFolder();
    const as = account('globex', 'author');
    const checked = await aegis(['test', EXAMPLE], { cwd });
    expect(checked, checked.stdout).toMatchObject({ code: 0 });
    const built = await aegis(['build', EXAMPLE, '--out', cwd], { cwd });
    expect(built, built.stderr).toMatchObject({ code: 0 });
    const archive = readdirSync(cwd).find((name) => name.endsWith('.tar.gz')) ?? '';
    const published = await aegis(['publish', archive, '--wait', '--json'], { cwd, as });
    expect(published, published.stderr + published.stdout).toMatchObject({ code: 0 });
    versionId = /skv-[0-9a-z]{26}/.exec(published.stdout)?.[0] ?? '';
    expect(versionId).not.toBe('');
  });

  it('a reviewer reads it in the browser, ticks what needs a tick, and signs (A106, A171, A234)', async () => {
    const page = await openAs(browser, null);
    await signInByForm(page, account('platform', 'reviewer'));
    await visit(page, '/admin/reviews');
    await page.locator(`a[href$="/admin/reviews/${versionId}"]`).first().click();
    await page.getByRole('heading', { level: 1, name: /exchange-rates/ }).waitFor();
    for (const tick of await page.getByLabel(/I read this and accept it|I accept/).all()) await tick.check();
    const decision = page.getByRole('form', { name: 'Decision' });
    await decision.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Note').fill('Two hosts, read only.');
    await dialog.getByRole('button', { name: 'Approve and sign' }).click();
    await page.waitForURL((url) => url.pathname === '/admin/reviews');
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
    const reviewer = bySession(account('platform', 'reviewer'));
    expect((await reviewer.skills.get(versionId)).skill.status).toBe('approved');
  });

  it('an owner installs it on an agent in the browser (A87, A107, A220)', async () => {
    const page = await openAs(browser, account('globex', 'owner'));
    await visit(page, `/t/${tenantIdOf('globex')}/skills/private/${versionId}`);
    await page.getByRole('button', { name: 'Install on agent' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(AGENT_NAME).check();
    await dialog.getByRole('button', { name: 'Install' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });

  it('the cluster agent turns the installed permissions into policy and acknowledges (A114-A126, A138, A235)', async () => {
    const admin = bySession(account('platform', 'admin'));
    const { clusters } = await admin.clusters.list();
    const cluster = clusters.find(({ name }) => name === 'local');
    await admin.clusters.place(cluster?.id ?? '', tenantIdOf('globex'), { mode: 'hard' });
    await until('the local agent has written what is wanted', 30 * SECONDS, async () => {
      const { tenants } = await admin.clusters.get(cluster?.id ?? '');
      const globex = tenants.find(({ tenantId }) => tenantId === tenantIdOf('globex'));
      return globex?.mode === 'hard' && globex.ackedRevision === globex.wantedRevision ? globex : null;
    });
    const policy = manifests().find(({ text }) => text.includes(`tenant-${tenantIdOf('globex')}-egress`));
    expect(policy?.text).toContain('kind: NetworkPolicy');
    expect(policy?.text).toContain('namespace: aegis-tenants');
    const allowed = manifests().filter(
      ({ text }) => text.includes(tenantIdOf('globex')) && text.includes('eu.rates.example'),
    );
    expect(allowed.length).toBeGreaterThan(0);
    expect(manifests().some(({ text }) => text.includes(DENIED))).toBe(false);
  });

  it('a tool that asks for another host is denied, and the denial stands on the page (A139, A221, A236)', async () => {
    const input = { amount: 5, from: 'EUR', to: 'JPY', source: `https://${DENIED}` };
    const call = [
      '--tenant',
      tenantIdOf('globex'),
      '--agent',
      AGENT_NAME,
      '--skill',
      'exchange-rates',
      '--tool',
      'convert',
    ];
    const ran = await aegisAgent(['run-tool', ...call, '--input', JSON.stringify(input)], { cwd: temporaryFolder() });
    expect(ran.code, ran.stdout + ran.stderr).toBe(1);
    expect(ran.stdout).toContain(DENIED);
    const owner = bySession(account('globex', 'owner'));
    const request = await until('the denial is in the registry', 30 * SECONDS, async () => {
      const { blockedRequests } = await owner.blocked.list({ tenantId: tenantIdOf('globex') });
      return blockedRequests.find(({ destinationHost }) => destinationHost === DENIED) ?? null;
    });
    expect(request).toMatchObject({
      verdict: 'denied',
      reason: 'not_in_allowlist',
      agentName: AGENT_NAME,
      skill: { name: 'exchange-rates', version: '1.0.0' },
    });
    const page = await openAs(browser, account('globex', 'owner'));
    await visit(page, `/t/${tenantIdOf('globex')}/blocked`);
    const row = page.getByRole('row', { name: new RegExp(DENIED.replaceAll('.', '\\.')) });
    await row.waitFor();
    expect(await row.textContent()).toContain('Denied');
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });

  it('what is revoked leaves the agent’s allow-list (A113, A138)', async () => {
    const admin = bySession(account('platform', 'admin'));
    await admin.reviews.revoke(versionId, { reason: 'The end of the loop.' });
    await until('the hosts are gone from the policies', 30 * SECONDS, async () => {
      const left = manifests().filter(
        ({ text }) => text.includes(tenantIdOf('globex')) && text.includes('eu.rates.example'),
      );
      return left.length === 0 ? true : null;
    });
  });
});

/** What the local cluster agent has written. */
function manifests(): { path: string; text: string }[] {
  const folder = join(inject('house').stateDir, 'manifests');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
