import { chromium as driver } from 'playwright';
import { chromium, chromiumFlags } from '../../test/support/chromium.ts';
import type { Options } from '../options.ts';
import { makeTable } from '../results.ts';
import type { Found, Request } from './page.ts';
import { BUILT, serve } from './serve.ts';

/** Where it is measured. */
export interface Place {
  readonly isolated: boolean;
  /** The first file of the built package. */
  readonly library: string;
  /** Chromium. */
  readonly executablePath: string;
}

/**
 * Measures in a page of its own.
 *
 * @throws Error if the page does not start
 */
export const measureIn = async (
  { isolated, library, executablePath }: Place,
  request: Request,
  onProgress: (text: string) => void,
): Promise<Found & { readonly browser: string }> => {
  const { address, server } = await serve(isolated, library);
  const browser = await driver.launch({ executablePath, args: [...chromiumFlags] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.exposeFunction('progress', (text: string) =>
      onProgress(`${isolated ? 'isolated' : 'ordinary'} page: ${text}`),
    );
    const failed = new Promise<never>((_, reject) => {
      const fail = (why: string) => reject(new Error(`the page does not start: ${why}`));
      page.on('pageerror', ({ message }) => fail(message));
      page.on('response', (response) => {
        if (response.status() >= 400) fail(`${response.url()} answers with status ${response.status()}`);
      });
    });
    const started = () => window.measure !== undefined;
    await Promise.race([
      failed,
      page.goto(address).then(() => page.waitForFunction(started, undefined, { timeout: 120_000 })),
    ]);
    const found = await page.evaluate((asked) => window.measure!(asked), request);
    return { ...found, browser: `Chromium ${browser.version()}` };
  } finally {
    await browser.close();
    await server.close();
  }
};

/**
 * Measures in two pages of Chromium, one after another: one that is cross-origin isolated, where kernels of this library and
 * of jax-js have threads, and an ordinary one.
 *
 * @throws Error if there is no Chromium, or a page does not start
 */
export const compareInBrowser = async (
  { only, rounds, threads }: Options,
  onProgress: (text: string) => void,
) => {
  const executablePath = chromium();
  if (executablePath === undefined)
    throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to the path of one');
  const found = [];
  for (const isolated of [true, false]) {
    const place = { isolated, library: BUILT, executablePath };
    const page = await measureIn(place, { only, rounds, threads }, onProgress);
    onProgress('');
    console.log(`${page.browser}, ${page.isolated ? 'cross-origin isolated' : 'ordinary'} page\n`);
    console.log(`${makeTable(page.rows)}\n`);
    found.push(page);
  }
  return { rounds, pages: found };
};
