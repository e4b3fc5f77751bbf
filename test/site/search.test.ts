import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtSite } from './support/builtSite.ts';

/** What people search for, and the page that answers it. */
const fitting = [
  { words: 'early stopping', page: '/how-to/validation' },
  { words: 'validation', page: '/how-to/validation' },
  { words: 'streaming', page: '/how-to/data' },
  { words: 'class weights', page: '/how-to/data' },
  { words: 'CSV', page: '/how-to/table' },
  { words: 'pretrained', page: '/how-to/trained-networks' },
  { words: 'Web Worker', page: '/how-to/browser' },
  { words: 'sweep', page: '/how-to/parallel' },
] as const;

describe("the site's search", () => {
  const { open } = builtSite();
  let page: Page;

  beforeAll(async () => {
    page = await open('');
    await page.click('.VPNavBarSearch button');
  });
  afterAll(async () => {
    await page?.close();
  });

  it.each(fitting)('answers $words with $page among its first three', async ({ words, page: wanted }) => {
    await page.fill('.search-input', words);
    const results = page.locator('.VPLocalSearchBox .result');
    const links = () =>
      results.evaluateAll((all) => all.map((result) => new URL((result as HTMLAnchorElement).href).pathname));
    await expect.poll(async () => (await links()).slice(0, 3), { timeout: 10_000 }).toContain(wanted);
  });

  it('has nothing to say to a word that is on no page', async () => {
    await page.fill('.search-input', 'xylophone');
    await page.waitForSelector('.VPLocalSearchBox .no-results');
  });
});
