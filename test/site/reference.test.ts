import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { optionTypes } from '../structure/documented.ts';
import { builtSite } from './support/builtSite.ts';

/** The rows of the table below a heading, each as the text of its cells. */
const rowsBelow = (page: Page, heading: string): Promise<readonly (readonly string[])[]> =>
  page
    .locator(`.vp-doc #${heading} ~ table`)
    .first()
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => Array.from(row.querySelectorAll('td'), (cell) => cell.textContent ?? '')),
    );

const unsaid = (rows: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  rows.filter((cells) => /^-?$/.test(cells.at(-1)?.trim() ?? ''));

describe('the reference', () => {
  const { open } = builtSite();

  it('has a line for each module', async () => {
    const page = await open('reference/');
    const rows = await rowsBelow(page, 'modules');
    expect(rows.length).toBeGreaterThan(10);
    expect(unsaid(rows)).toEqual([]);
    await page.context().close();
  });

  it.each([
    { page: 'training/functions/fit', type: 'FitOptions', own: ['key', 'init', 'state'] },
    { page: 'training/functions/predict', type: 'PredictOptions', own: [] },
    { page: 'transforms/functions/elbo', type: 'ElboOptions', own: [] },
  ])(
    'shows what each option of $type does, on the page of its function',
    async ({ page: path, type, own }) => {
      const page = await open(`reference/${path}`);
      const rows = await rowsBelow(page, 'options');
      const names = rows.map(([name = '']) => name.replace('?', ''));
      const folder = path.slice(0, path.indexOf('/'));
      const wanted = optionTypes(`src/${folder}/index.ts`).get(type) ?? [];
      expect(wanted.length).toBeGreaterThan(3);
      expect([...names].sort()).toEqual([...new Set([...wanted, ...own])].sort());
      expect(unsaid(rows)).toEqual([]);
      await page.context().close();
    },
  );

  it('explains the type parameters of fit', async () => {
    const page = await open('reference/training/functions/fit');
    const rows = await rowsBelow(page, 'type-parameters');
    expect(rows.map(([name = '']) => name.trim()[0])).toEqual(['P', 'B', 'R', 'S']);
    expect(unsaid(rows)).toEqual([]);
    await page.context().close();
  });
});
