import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import type { Account } from '../scripts/accounts.ts';
import { findChromium } from '../scripts/chromium.ts';

export const WINDOW = { width: 1360, height: 860 };

/** True where no test can use a browser; such tests are skipped by name. */
export const noBrowser = findChromium() === null;

/** A real Chromium without a window. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox'] });
}

/** A fresh window of somebody who is signed in (null: of a stranger). What goes wrong in it, `troublesOf` tells. */
export async function openAs(browser: Browser, account: Account | null): Promise<Page> {
  const context = await browser.newContext({
    baseURL: inject('house').url,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: WINDOW,
  });
  const page = await context.newPage();
  watch(context, page);
  if (account !== null) {
    const { url, cookies } = inject('house');
    const pairs = (cookies[account.email] ?? '').split('; ').map((pair) => pair.split('='));
    await context.addCookies(pairs.map(([name = '', ...value]) => ({ url, name, value: value.join('=') })));
  }
  return page;
}

/** Goes to a page and waits until it is alive: before hydration a form would be filled in vain. */
export async function visit(page: Page, path: string): Promise<void> {
  const response = await page.goto(path, { waitUntil: 'networkidle' });
  expect(response?.status(), path).toBe(200);
}

/** The page keeps WCAG A and AA, as far as a machine can tell. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNoViolation(
    page,
    new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']),
  );
}

/** The page's colours keep WCAG AA: all that another theme changes. */
export async function expectLegible(page: Page): Promise<void> {
  await expectNoViolation(page, new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block']));
}

async function expectNoViolation(page: Page, axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
  expect.soft(found, `accessibility of ${page.url()}`).toEqual([]);
}

const troubles = new WeakMap<BrowserContext, string[]>();

/** Everything that went wrong in the windows of this page's context. */
export function troublesOf(page: Page): string[] {
  return troubles.get(page.context()) ?? [];
}

function watch(context: BrowserContext, page: Page): void {
  const found: string[] = [];
  troubles.set(context, found);
  page.on('pageerror', (error) => found.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(`${page.url()}: ${message.text()}`);
  });
}

/** Signs in as a person does: by the form. */
export async function signInByForm(page: Page, { email, password }: Account): Promise<void> {
  await visit(page, '/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}
