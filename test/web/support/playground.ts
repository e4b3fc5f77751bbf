import { type Browser, chromium as playwright } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { chromiumFlags } from '../../support/chromium.ts';
import { PATIENCE } from './pages.ts';
import { type Site, startSite } from './site.ts';

/** Milliseconds for a test of several waits, so that the one which is in vain is the one to complain. */
export const timeout = 3 * PATIENCE;

/** The page as it ships and a browser, while the tests of a suite run. */
export const playground = (executablePath: string) => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [site, browser] = await Promise.all([
      startSite(),
      playwright.launch({ executablePath, args: [...chromiumFlags] }),
    ]);
  }, timeout);
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  return { site: () => site, browser: () => browser };
};
