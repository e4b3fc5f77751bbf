import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { above, type Opened, open, openOn, place } from './support/pages.ts';
import { playground, timeout } from './support/playground.ts';

const executablePath = chromium();

describe.skipIf(executablePath === undefined)('the playground in the hands of a user', { timeout }, () => {
  const { site, browser } = playground(executablePath!);
  let opened: Opened;

  beforeAll(async () => {
    opened = await open(browser(), site().address, 'wasm');
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
    const page = await browser().newPage();
    await page.route(/worker.*\.js$/, () => {});
    await page.goto(site().address);
    expect(await page.isVisible('#curve-plot')).toBe(true);
    await page.click('[data-example="seven"]');
    const script = await page.getAttribute('script[type="module"]', 'src');
    expect(script).toMatch(/^\.\/assets\//);
    await page.close();
  });

  it('loses nothing that is done while a data set is on its way, and takes no set that was replaced', async () => {
    const page = await openOn(browser(), site().address, () => {
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
    const page = await browser().newPage();
    await page.route(/\.wasm$/, (route) => route.abort());
    await page.goto(`${site().address}?backend=wasm`);
    await page.waitForSelector('#failure:not([hidden])');
    expect(await page.textContent('#failure')).toContain('wasm');
    await page.close();
  });
});
