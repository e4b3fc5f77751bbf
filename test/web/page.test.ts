import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letters } from '../../web/digits/letters.ts';
import { SIDE } from '../../web/digits/raster.ts';
import { traceStrokes } from '../../web/digits/skeleton.ts';
import { mapPlaces } from '../../web/digits/strokes.ts';
import { chromium } from '../support/chromium.ts';
import {
  above,
  drawByEvents,
  drawByMouse,
  figure,
  type Opened,
  open,
  PATIENCE,
  place,
  uncertaintyAt,
} from './support/pages.ts';
import { playground, timeout } from './support/playground.ts';
import { testDigits } from './support/testDigits.ts';

const executablePath = chromium();
if (executablePath === undefined) console.log('the playground in a browser: skipped, there is no Chromium');

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const { pictures, labels } = testDigits(30);
/** A test digit as lines from 0 to 1. */
const digit = (i: number) =>
  mapPlaces(traceStrokes(pictures[i]!), ({ x, y }) => ({ x: x / SIDE, y: y / SIDE }));
/** A drawing that is no digit, with a margin. */
const other = (name: keyof typeof letters) =>
  mapPlaces(letters[name]!, ({ x, y }) => ({ x: 0.2 + 0.6 * x, y: 0.2 + 0.6 * y }));

describe.skipIf(executablePath === undefined)('the playground in Chromium', { timeout }, () => {
  const { site, browser } = playground(executablePath!);

  it('has less than 700 KB of gzipped JavaScript in all', () => {
    expect(site().gzipped('.js')).toBeGreaterThan(100_000);
    expect(site().gzipped('.js')).toBeLessThan(700_000);
  });

  // A software GPU is slow: fewer drawings.
  describe.each([
    { backend: 'wasm', digits: 30, by: [0, 1] },
    { backend: 'webgpu', digits: 5, by: [] },
  ] as const)('on $backend', ({ backend, digits, by }) => {
    let opened: Opened;

    beforeAll(async () => {
      opened = await open(browser(), site().address, backend);
    }, timeout);
    afterAll(async () => {
      await opened?.page.close();
    });

    it('narrows the band near points that were clicked, and leaves it wide away from them', async () => {
      const { page } = opened;
      await page.selectOption('#curve-set', 'none');
      await page.waitForSelector('#curve[data-points="0"]');
      for (const x of [-1, -0.6, -0.2, 0.2, 0.6, 1])
        await page.click('#curve-plot', { position: await place(page, '#curve-plot', x, x / 2) });
      await page.waitForSelector('#curve[data-points="6"]');
      const before = await uncertaintyAt(page, 0);
      await page.click('#curve-run');
      await expect.poll(() => uncertaintyAt(page, 0), { timeout: PATIENCE }).toBeLessThan(0.15 * before);
      await page.click('#curve-run');
      await page.waitForSelector('#curve[data-running="false"]');
      const near = await uncertaintyAt(page, 0);
      expect(near).toBeLessThan(0.5 * before);
      expect(await uncertaintyAt(page, 2.8)).toBeGreaterThan(3 * near);
      expect(await uncertaintyAt(page, -2.8)).toBeGreaterThan(3 * near);
    });

    it('learns two moons to above 95 % accuracy on held-out points, and leaks no tensors', async () => {
      const { page } = opened;
      await page.click('#classes-run');
      await above(page, 'classes', 'step', 5);
      const tensors = await figure(page, 'classes', 'tensors');
      await above(page, 'classes', 'accuracy', 0.95);
      expect(await figure(page, 'classes', 'tensors')).toBe(tensors);
      await page.click('#classes-run');
      await page.waitForSelector('#classes[data-running="false"]');
      expect(await page.textContent('#classes-status')).toMatch(
        /ms per step .* accuracy on 400 other points/,
      );
    });

    it('reads held-out digits, and is more uncertain about drawings that are not digits', async () => {
      const { page } = opened;
      const answers = [];
      for (let i = 0; i < digits; i++)
        answers.push(
          await ((by as readonly number[]).includes(i) ? drawByMouse : drawByEvents)(page, digit(i)),
        );
      const right = answers.filter(({ likeliest }, i) => likeliest === labels[i]).length;
      expect(right).toBeGreaterThanOrEqual(Math.floor(0.9 * digits));
      const names = digits > 20 ? Object.keys(letters) : ['E', 'X', 'heart'];
      const others = [];
      for (const name of names) others.push(await drawByEvents(page, other(name)));
      const uncertainty = mean(others.map(({ epistemic }) => epistemic));
      expect(uncertainty).toBeGreaterThan(2 * mean(answers.map(({ epistemic }) => epistemic)));
      expect(others.filter(({ known }) => !known).length).toBeGreaterThanOrEqual(others.length / 2);
      expect(answers.filter(({ known }) => known).length).toBeGreaterThanOrEqual(0.8 * answers.length);
    });

    it('logs no errors or warnings, and contacts no other host', () => {
      expect(opened.errors).toEqual([]);
      expect(opened.requests.length).toBeGreaterThan(4);
      expect(opened.requests.filter((url) => !url.startsWith(site().address))).toEqual([]);
    });
  });
});
