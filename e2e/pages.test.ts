import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../scripts/accounts.ts';
import { expectAccessible, noBrowser, openAs, openBrowser, type Theme, troublesOf, visit, WINDOW } from './browser.ts';
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

  /** One window per person: signing in for each page would take most of the time. */
  async function everyPage(theme: Theme, check: (page: Page, visited: PageVisit) => Promise<void>): Promise<void> {
    const people = [...new Set(visits.map(({ who }) => who))];
    for (const who of people) await pagesOf(who, theme, check);
  }

  async function pagesOf(who: Account | null, theme: Theme, check: (page: Page, visited: PageVisit) => Promise<void>) {
    const page = await openAs(browser, who, theme);
    for (const visited of visits.filter((candidate) => candidate.who === who)) {
      await visit(page, visited.path);
      await check(page, visited);
    }
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  }

  it('keeps WCAG AA in the light theme, and fits a phone without scrolling sideways', async () => {
    await everyPage('light', async (page, { name, path }) => {
      await keepPicture(page, `${name}-light`);
      await expectAccessible(page);
      expect.soft(await page.getByRole('heading', { level: 1 }).count(), `headings of ${path}`).toBeGreaterThan(0);
      expect.soft(await page.title(), path).toMatch(/\S · Aegis$/);
      await page.setViewportSize(PHONE);
      await keepPicture(page, `${name}-phone`);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect.soft(beyond, `pixels beyond the edge of ${path}`).toBeLessThanOrEqual(0);
      await page.setViewportSize(WINDOW);
    });
  });

  it('keeps WCAG AA in the dark theme', async () => {
    await everyPage('dark', async (page, { name }) => {
      await keepPicture(page, `${name}-dark`);
      await expectAccessible(page);
    });
  });
});

async function keepPicture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
