import type { Browser, Page } from 'playwright';
import { expect } from 'vitest';
import type { Strokes } from '../../../web/digits/strokes.ts';
import { RANGE } from '../../../web/shared/range.ts';

/** Milliseconds to wait for anything that a slow machine with a software GPU may take; never a measure of speed. */
export const PATIENCE = 300_000;

/** A page, and all of its complaints and requests so far. */
export interface Opened {
  readonly page: Page;
  readonly errors: readonly string[];
  readonly requests: readonly string[];
}

/** Opens the page on a backend and waits until it runs. */
export const open = async (browser: Browser, address: string, backend: string): Promise<Opened> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${address}?backend=${backend}`);
  await page.waitForSelector(`body[data-backend="${backend}"]`);
  return { page, errors, requests };
};

/** Opens the page on a worker that is no more than `script`, and waits until it has answered. */
export const openOn = async (browser: Browser, address: string, script: () => void): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  await page.route(/worker.*\.js$/, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: `(${script})()` }),
  );
  await page.goto(address);
  await page.waitForSelector('body[data-backend]');
  return page;
};

/** A data attribute of a panel, as a number. */
export const figure = async (page: Page, panel: string, name: string): Promise<number> =>
  Number((await page.getAttribute(`#${panel}`, `data-${name}`)) ?? Number.NaN);

/** Waits until a panel's figure is above a value. */
export const above = async (page: Page, panel: string, name: string, value: number): Promise<void> => {
  await page.waitForFunction(
    ([id, key, least]) => Number(document.getElementById(id)?.dataset[key] || Number.NaN) > least,
    [panel, name, value] as const,
  );
};

/** The place on a plot, from its upper left corner, of a point. */
export const place = async (page: Page, plot: string, x: number, y: number) => {
  const box = await page.locator(plot).boundingBox();
  if (box === null) throw new Error(`${plot} is not to be seen`);
  return {
    x: ((x + RANGE) / (2 * RANGE)) * box.width,
    y: ((RANGE - y) / (2 * RANGE)) * box.height,
  };
};

/** What the page reads off the band at `x`: its epistemic uncertainty. */
export const uncertaintyAt = async (page: Page, x: number): Promise<number> => {
  await page.locator('#curve-plot').hover({ position: await place(page, '#curve-plot', x, 0) });
  const read = async () =>
    /at x = (.+): mean .+ ±([\d.]+), noise/.exec((await page.textContent('#curve-reading')) ?? '') ?? [];
  // To the nearest pixel.
  await expect
    .poll(async () => Number((await read())[1]?.replace('−', '-')), { timeout: PATIENCE })
    .toBeCloseTo(x, 1);
  return Number((await read())[2]);
};

/** The answer of the digit panel to its present drawing. */
export interface Answer {
  readonly likeliest: number;
  readonly known: boolean;
  readonly epistemic: number;
}

const answer = async (page: Page): Promise<Answer> => {
  await page.waitForSelector('#digit[data-stale="false"][data-epistemic]');
  return {
    likeliest: await figure(page, 'digit', 'likeliest'),
    known: (await page.getAttribute('#digit', 'data-known')) === 'true',
    epistemic: await figure(page, 'digit', 'epistemic'),
  };
};

/** Draws with the mouse; places from 0 to 1. */
export const drawByMouse = async (page: Page, strokes: Strokes): Promise<Answer> => {
  await page.click('#digit-clear');
  const box = await page.locator('#digit-plot').boundingBox();
  if (box === null) throw new Error('the surface is not to be seen');
  for (const stroke of strokes) {
    for (const [i, { x, y }] of stroke.entries()) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
      if (i === 0) await page.mouse.down();
    }
    await page.mouse.up();
  }
  return answer(page);
};

/** Draws with pointer events from within the page, which is quicker; places from 0 to 1. */
export const drawByEvents = async (page: Page, strokes: Strokes): Promise<Answer> => {
  await page.click('#digit-clear');
  await page.evaluate((drawn) => {
    const canvas = document.getElementById('digit-plot') as HTMLCanvasElement;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const fire = (type: string, x: number, y: number): void => {
      const at = { clientX: left + x * width, clientY: top + y * height };
      canvas.dispatchEvent(new PointerEvent(type, { ...at, pointerId: 1, button: 0, bubbles: true }));
    };
    for (const stroke of drawn) {
      stroke.forEach(({ x, y }, i) => {
        fire(i === 0 ? 'pointerdown' : 'pointermove', x, y);
      });
      fire('pointerup', 0, 0);
    }
  }, strokes);
  return answer(page);
};
