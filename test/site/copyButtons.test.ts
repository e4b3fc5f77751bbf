import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plain, promised } from '../docs/printed.ts';
import { builtSite } from './support/builtSite.ts';

const execute = promisify(execFile);

/** Pages, and the block of each, counted from 0 among those in TypeScript, whose button is pressed. */
const tried = [
  { page: 'tutorial/', block: 7 },
  { page: 'tutorial/shipping', block: 2 },
  { page: 'concepts/keys', block: 3 },
  { page: 'concepts/uncertainty', block: 0 },
  { page: 'how-to/validation', block: 1 },
  { page: 'how-to/data', block: 0 },
  { page: 'how-to/own-layers', block: 0 },
  { page: 'how-to/from-torch-blue', block: 0 },
  { page: 'how-to/plots', block: 0 },
  { page: 'how-to/vmap', block: 0 },
  { page: 'reference/training/functions/fit', block: 1 },
  { page: 'reference/metrics/functions/accuracy', block: 1 },
] as const;

/** Printed text without what Node writes around the values of an array. */
const comparable = (text: string): string => plain(text).replaceAll("'", '');

/** What the button of a page's block copies, as it is pasted. */
const copy = async (page: Page, block: number): Promise<{ copied: string; shown: string }> => {
  const code = page.locator('.vp-doc div.language-ts').nth(block);
  await code.hover();
  await code.locator('button.copy').click();
  await code.locator('button.copy.copied').waitFor();
  return {
    copied: await page.evaluate(() => navigator.clipboard.readText()),
    shown: await code.locator('pre').innerText(),
  };
};

describe('the copy buttons', () => {
  const { open } = builtSite();
  const folder = resolve('out', `pasted-${process.pid}`);

  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Pastes code into a file and runs it, on the package as built, as a user does. */
  const run = async (name: string, code: string): Promise<string> => {
    const file = join(folder, `${name.replace(/\W+/g, '-')}.mts`);
    writeFileSync(file, code);
    const env = { ...process.env, TSX_TSCONFIG_PATH: resolve('tsconfig.run.json'), NO_COLOR: '1' };
    const { stdout } = await execute(process.execPath, ['--import', 'tsx', file], { cwd: folder, env });
    return stdout;
  };

  it.each(tried)('copy a program that runs: block $block of $page', async ({ page: path, block }) => {
    const page = await open(path);
    try {
      const { copied, shown } = await copy(page, block);
      expect(copied.trim().endsWith(shown.trim())).toBe(true);
      const printed = comparable(await run(path, copied));
      const promises = promised(copied).map(comparable);
      expect(promises.filter((promise) => !printed.includes(promise))).toEqual([]);
    } finally {
      await page.context().close();
    }
  });

  it('copy a signature as it is shown', async () => {
    const page = await open('reference/training/functions/fit');
    const { copied, shown } = await copy(page, 0);
    expect(copied.trim()).toBe(shown.trim());
    expect(copied).toMatch(/^function fit</);
    await page.context().close();
  });

  it('copy commands without anything before them', async () => {
    const page = await open('how-to/examples');
    const code = page.locator('.vp-doc div.language-sh').first();
    await code.hover();
    await code.locator('button.copy').click();
    await code.locator('button.copy.copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^(npm|git) /);
    await page.context().close();
  });
});
