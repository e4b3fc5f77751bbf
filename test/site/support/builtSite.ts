import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium as playwright } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { chromium, chromiumFlags } from '../../support/chromium.ts';
import { type ServedFolder, serveFolder } from '../../support/serveFolder.ts';

const folder = resolve('docs/.vitepress/dist');

/** The built site on a server and a browser, while the tests of a suite run. */
export const builtSite = () => {
  let browser: Browser;
  let site: ServedFolder;
  beforeAll(async () => {
    const executablePath = chromium();
    if (executablePath === undefined) throw new Error('there is no Chromium: set CHROMIUM');
    if (!existsSync(folder)) throw new Error(`${folder} must be built: npm run docs:build`);
    site = await serveFolder(folder);
    browser = await playwright.launch({ executablePath, args: [...chromiumFlags] });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  return {
    /** Opens a page, such as `how-to/table`, in which a program may read what was copied. */
    open: async (page: string) => {
      const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      const opened = await context.newPage();
      await opened.goto(site.address + page, { waitUntil: 'networkidle' });
      return opened;
    },
  };
};
