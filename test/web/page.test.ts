import { type Browser, chromium as playwright } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letters } from '../../web/digits/letters.ts';
import { SIDE } from '../../web/digits/raster.ts';
import { strokesOf } from '../../web/digits/skeleton.ts';
import { mapPlaces } from '../../web/digits/strokes.ts';
import { chromium, chromiumFlags } from '../support/chromium.ts';
import {
  above,
  doubtAt,
  drawByEvents,
  drawByMouse,
  figure,
  type Opened,
  open,
  openOn,
  PATIENCE,
  place,
} from './support/pages.ts';
import { type Site, startSite } from './support/site.ts';
import { testDigits } from './support/testDigits.ts';

const executablePath = chromium();
if (executablePath === undefined) console.log('the playground in a browser: skipped, there is no Chromium');

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const { pictures, labels } = testDigits(30);
/** A test digit as lines from 0 to 1. */
const digit = (i: number) => mapPlaces(strokesOf(pictures[i]!), ({ x, y }) => ({ x: x / SIDE, y: y / SIDE }));
/** A drawing that is no digit, with a margin. */
const other = (name: keyof typeof letters) =>
  mapPlaces(letters[name]!, ({ x, y }) => ({ x: 0.2 + 0.6 * x, y: 0.2 + 0.6 * y }));

/** Several waits, so that the one which is in vain is the one to complain. */
const timeout = 3 * PATIENCE;

describe.skipIf(executablePath === undefined)('the playground in Chromium', { timeout }, () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    [site, browser] = await Promise.all([
      startSite(),
      playwright.launch({ executablePath: executablePath!, args: [...chromiumFlags] }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  it('has less than 700 KB of gzipped JavaScript in all', () => {
    expect(site.gzipped('.js')).toBeGreaterThan(100_000);
    expect(site.gzipped('.js')).toBeLessThan(700_000);
  });

  // A software GPU is slow: fewer drawings.
  describe.each([
    { backend: 'wasm', digits: 30, by: [0, 1] },
    { backend: 'webgpu', digits: 5, by: [] },
  ] as const)('on $backend', ({ backend, digits, by }) => {
    let opened: Opened;

    beforeAll(async () => {
      opened = await open(browser, site.address, backend);
    });
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
      const before = await doubtAt(page, 0);
      await page.click('#curve-run');
      await expect.poll(() => doubtAt(page, 0), { timeout: PATIENCE }).toBeLessThan(0.15 * before);
      await page.click('#curve-run');
      await page.waitForSelector('#curve[data-running="false"]');
      const near = await doubtAt(page, 0);
      expect(near).toBeLessThan(0.5 * before);
      expect(await doubtAt(page, 2.8)).toBeGreaterThan(3 * near);
      expect(await doubtAt(page, -2.8)).toBeGreaterThan(3 * near);
    });

    it('learns two moons to above 95 % on points that it was not shown, and leaks no tensors', async () => {
      const { page } = opened;
      await page.click('#classes-run');
      await above(page, 'classes', 'step', 5);
      const tensors = await figure(page, 'classes', 'tensors');
      await above(page, 'classes', 'accuracy', 0.95);
      expect(await figure(page, 'classes', 'tensors')).toBe(tensors);
      await page.click('#classes-run');
      await page.waitForSelector('#classes[data-running="false"]');
      expect(await page.textContent('#classes-status')).toMatch(/ms a step .* right on 400 other points/);
    });

    it('reads held-out digits, and is more at odds with itself over what is none', async () => {
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
      const doubt = mean(others.map(({ epistemic }) => epistemic));
      expect(doubt).toBeGreaterThan(2 * mean(answers.map(({ epistemic }) => epistemic)));
      expect(others.filter(({ known }) => !known).length).toBeGreaterThanOrEqual(others.length / 2);
      expect(answers.filter(({ known }) => known).length).toBeGreaterThanOrEqual(0.8 * answers.length);
    });

    it('complains of nothing, and asks no other host', () => {
      expect(opened.errors).toEqual([]);
      expect(opened.requests.length).toBeGreaterThan(4);
      expect(opened.requests.filter((url) => !url.startsWith(site.address))).toEqual([]);
    });
  });

  describe('for the hands', () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open(browser, site.address, 'wasm');
      await opened.page.waitForSelector('#curve[data-step="0"]');
    });
    afterAll(async () => {
      await opened?.page.close();
    });

    it('sets and removes points, trains and draws by keyboard alone', async () => {
      const { page } = opened;
      const press = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await page.focus('#curve-plot');
      await press('Shift+ArrowRight', 'ArrowUp', 'Enter');
      await page.waitForSelector('#curve[data-points="31"]');
      expect(await page.textContent('#curve-reading')).toContain('at x = 0.50');
      await press('Delete');
      await page.waitForSelector('#curve[data-points="30"]');
      await page.focus('#curve-run');
      await press('Enter');
      await above(page, 'curve', 'step', 1);
      await press('Enter');
      await page.focus('#classes-plot');
      await press('Shift+ArrowUp', '1', 'ArrowUp', '2');
      await page.waitForSelector('#classes[data-points="102"]');
      await page.focus('#digit-plot');
      await press('Space', ...Array.from({ length: 12 }, () => 'ArrowDown'), 'Space');
      await page.waitForSelector('#digit[data-likeliest="1"]');
      await press('Delete');
      await page.waitForSelector('#digit:not([data-likeliest])');
    });

    it('names every control, and shows the focus', async () => {
      const { page } = opened;
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('button, input, select, canvas, output, summary')]
          .filter((control) => {
            const labelled = control instanceof HTMLInputElement || control instanceof HTMLSelectElement;
            const name = labelled
              ? [...(control.labels ?? [])].map(({ textContent }) => textContent).join('')
              : (control.getAttribute('aria-label') ?? control.textContent);
            return control.tagName !== 'OUTPUT' && (name ?? '').trim() === '';
          })
          .map(({ outerHTML }) => outerHTML),
      );
      expect(nameless).toEqual([]);
      await page.focus('#curve-run');
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
      expect(outline).toBe('solid');
    });

    it('fits a phone: nothing wider than the screen', async () => {
      const { page } = opened;
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    });

    it('moves to another backend with what was set, and tells the address', async () => {
      const { page } = opened;
      await page.selectOption('#backend', 'cpu');
      await page.waitForSelector('body[data-backend="cpu"]');
      expect(new URL(page.url()).searchParams.get('backend')).toBe('cpu');
      await page.waitForSelector('#curve[data-step="0"][data-points="30"]');
    });

    it('stands and can be used before the worker has its backend', async () => {
      const page = await browser.newPage();
      await page.route(/worker.*\.js$/, () => {});
      await page.goto(site.address);
      expect(await page.isVisible('#curve-plot')).toBe(true);
      await page.click('[data-example="seven"]');
      const script = await page.getAttribute('script[type="module"]', 'src');
      expect(script).toMatch(/^\.\/assets\//);
      await page.close();
    });

    it('loses nothing that is done while a data set is on its way, and takes no set that was replaced', async () => {
      const page = await openOn(browser, site.address, () => {
        const ids: number[] = [];
        let learner = 0;
        const answer = (type: string, id: number | undefined, length: number) => {
          const points = Array.from({ length }, (_, i) => ({ x: i / 50, y: 2, label: 0 }));
          postMessage({ type, id, points, heldOut: [] });
        };
        addEventListener('message', ({ data: { type, id, running, task } }) => {
          if (type === 'backend') postMessage({ type, name: 'cpu', passedOver: [] });
          if (id !== undefined) ids.push(id);
          const [first, classes, few] = ids;
          if (type === 'regression' && task.points.length === 2) {
            answer('regressionSet', first, 30);
            answer('regressionSet', few, 5);
            answer('regressionSet', first, 30);
          }
          if (type === 'classification') learner = task.points.length;
          if (type !== 'run') return;
          if (learner === 0) answer('classificationSet', classes, 100);
          else postMessage({ type: 'failed', message: `${learner} points train: ${running}` });
        });
      });
      await page.selectOption('#curve-set', 'few');
      for (const x of [-1, 1])
        await page.click('#curve-plot', { position: await place(page, '#curve-plot', x, 0) });
      await page.waitForSelector('#curve[data-points="7"]');
      await page.click('#classes-run');
      await page.waitForSelector('#failure:not([hidden])');
      expect(await page.textContent('#failure')).toBe('100 points train: true');
      expect(await page.getAttribute('#classes', 'data-points')).toBe('100');
      expect(await page.getAttribute('#curve', 'data-points')).toBe('7');
      await page.close();
    });

    it('says why a backend does not start', async () => {
      const page = await browser.newPage();
      await page.route(/\.wasm$/, (route) => route.abort());
      await page.goto(`${site.address}?backend=wasm`);
      await page.waitForSelector('#failure:not([hidden])');
      expect(await page.textContent('#failure')).toContain('wasm');
      await page.close();
    });
  });
});
