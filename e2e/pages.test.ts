import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectAccessible,
  expectLegible,
  noBrowser,
  openAs,
  openBrowser,
  troublesOf,
  visit,
  WINDOW,
} from './browser.ts';
import { allPages, type PageVisit } from './pages.ts';

const PHONE = { width: 390, height: 844 };
/** Where `npm run screenshots` wants a picture of each page; otherwise none is taken. */
const SCREENSHOTS = process.env.AEGIS_SCREENSHOTS;

describe.skipIf(noBrowser)('every page', () => {
  let browser: Browser;
  let visits: PageVisit[];
  beforeAll(async () => {
    browser = await openBrowser();
    visits = await allPages();
  });
  afterAll(() => browser.close());

  // One window per person: signing in for each page would take most of the time.
  it.each(['a stranger', 'an owner', 'a reviewer', 'an admin'] as const)(
    'of %s keeps WCAG AA in light and dark, and fits a phone without scrolling sideways',
    async (reader) => {
      const own = visits.filter((candidate) => candidate.reader === reader);
      const page = await openAs(browser, own[0]?.who ?? null);
      for (const visited of own) await judge(page, visited);
      expect(own).not.toEqual([]);
      expect(troublesOf(page)).toEqual([]);
      await page.context().close();
    },
  );
});

async function judge(page: Page, { name, path }: PageVisit): Promise<void> {
  await visit(page, path);
  await keepPicture(page, `${name}-light`);
  await expectAccessible(page);
  expect.soft(await page.getByRole('heading', { level: 1 }).count(), `headings of ${path}`).toBeGreaterThan(0);
  expect.soft(await page.title(), path).toMatch(/\S · Aegis$/);
  await page.emulateMedia({ colorScheme: 'dark' });
  await keepPicture(page, `${name}-dark`);
  await expectLegible(page);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await keepPicture(page, `${name}-phone`);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(beyond, `pixels beyond the edge of ${path}`).toBeLessThanOrEqual(0);
  await page.setViewportSize(WINDOW);
}

async function keepPicture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
