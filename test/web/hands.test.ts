import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { above, figure, type Opened, open, openOn, place } from './support/pages.ts';
import { playground, timeout } from './support/playground.ts';

const executablePath = chromium();

describe.skipIf(executablePath === undefined)('the playground in the hands of a user', { timeout }, () => {
  const { site, browser } = playground(executablePath!);
  let opened: Opened;

  beforeAll(async () => {
    opened = await open(browser(), site().address, 'wasm');
    await opened.page.waitForSelector('#curve[data-step="0"]');
  }, timeout);
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

  it('shows a digit at first, which the first stroke replaces', async () => {
    const { page } = await open(browser(), site().address, 'wasm');
    await page.waitForSelector('#digit[data-likeliest="3"]');
    await page.focus('#digit-plot');
    for (const key of ['Space', ...Array.from({ length: 12 }, () => 'ArrowDown'), 'Space'])
      await page.keyboard.press(key);
    await page.waitForSelector('#digit[data-likeliest="1"]');
    await page.close();
  });

  it('copies a link that keeps the settings', async () => {
    const context = await browser().newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(`${site().address}?backend=wasm`);
    await page.selectOption('#curve-set', 'waves');
    await page.selectOption('#curve-method', 'ensemble');
    await page.selectOption('#classes-units', 'relu');
    await page.click('#link');
    await expect.poll(() => page.textContent('#link-status')).toMatch(/^copied/);
    const address = await page.evaluate(() => navigator.clipboard.readText());
    const other = await context.newPage();
    await other.goto(address);
    await other.waitForSelector('body[data-backend="wasm"]');
    await other.waitForSelector('#curve[data-points="40"]');
    expect(await other.inputValue('#curve-set')).toBe('waves');
    expect(await other.inputValue('#curve-method')).toBe('ensemble');
    expect(await other.inputValue('#classes-units')).toBe('relu');
    expect(await other.isVisible('#refused')).toBe(false);
    await context.close();
  });

  it('names what it cannot take from a link', async () => {
    const page = await browser().newPage();
    await page.goto(`${site().address}?backend=cuda&curve.units=sine&colour=red`);
    expect(await page.textContent('#refused')).toBe(
      'Left out of the link: colour is not a setting; ' +
        "backend must be one of auto, webgpu, wasm, cpu, got 'cuda'; " +
        "curve.units must be one of bumps, tanh, relu, got 'sine'.",
    );
    await page.close();
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

  it('moves to another backend with its settings, and updates the URL', async () => {
    const { page } = opened;
    await page.click('#curve-plot', { position: await place(page, '#curve-plot', 2.5, 2) });
    await page.waitForSelector('#curve[data-points="31"]');
    await page.selectOption('#backend', 'cpu');
    await page.waitForSelector('body[data-backend="cpu"]');
    expect(new URL(page.url()).searchParams.get('backend')).toBe('cpu');
    await page.waitForSelector('#curve[data-step]');
    expect(await figure(page, 'curve', 'points')).toBe(31);
  });

  it('renders and can be used before the worker has its backend', async () => {
    const page = await browser().newPage();
    await page.route(/worker.*\.js$/, () => {});
    await page.goto(site().address);
    expect(await page.isVisible('#curve-plot')).toBe(true);
    await page.click('[data-example="seven"]');
    const script = await page.getAttribute('script[type="module"]', 'src');
    expect(script).toMatch(/^\.\/assets\//);
    await page.close();
  });

  it('keeps all edits made while a data set is loading, and ignores a set that was replaced', async () => {
    const page = await openOn(browser(), site().address, () => {
      const ids: number[] = [];
      let learner = 0;
      const answer = (type: string, id: number | undefined, length: number) => {
        const points = Array.from({ length }, (_, i) => ({ x: i / 50, y: 2, label: 0 }));
        postMessage({ type, id, points, heldOut: [] });
      };
      addEventListener('message', ({ data: { type, id, running, task } }) => {
        if (type === 'backend') postMessage({ type, name: 'cpu', passedOver: [] });
        // The digit that is shown at first has an id too.
        if (id !== undefined && type !== 'digit') ids.push(id);
        const [first, classes, few] = ids;
        if (type === 'regressionSet' && id === first) answer('regressionSet', first, 30);
        // A point has been added and taken away, and one has been added to those that the first set left.
        if (type === 'regression' && few !== undefined && task.points.length === 31 && learner++ === 1) {
          answer('regressionSet', first, 40);
          answer('regressionSet', few, 5);
          answer('regressionSet', few, 50);
        }
        if (type === 'classification')
          postMessage({ type: 'failed', message: `${task.points.length} points` });
        if (type === 'run' && running) answer('classificationSet', classes, 100);
      });
    });
    await page.waitForSelector('#curve[data-points="30"]');
    await page.selectOption('#curve-set', 'few');
    const click = async (x: number) =>
      page.click('#curve-plot', { position: await place(page, '#curve-plot', x, 0) });
    for (const x of [-1, -1, 1]) await click(x);
    await page.waitForSelector('#curve[data-points="6"]');
    await page.click('#classes-run');
    await page.waitForSelector('#classes[data-points="100"]');
    expect(await page.textContent('#failure')).toBe('100 points');
    expect(await figure(page, 'curve', 'points')).toBe(6);
    await page.close();
  });

  it('trains as soon as there are points, if started before', async () => {
    const page = await openOn(browser(), site().address, () => {
      let asked = 0;
      let points = 0;
      addEventListener('message', ({ data: { type, id, running, task } }) => {
        if (type === 'backend') postMessage({ type, name: 'cpu', passedOver: [] });
        if (type === 'regressionSet') asked = id;
        if (type === 'regression') points = task.points.length;
        if (type !== 'run') return;
        if (points > 0) postMessage({ type: 'failed', message: `${points} points train: ${running}` });
        else postMessage({ type: 'regressionSet', id: asked, points: [{ x: 0, y: 0 }] });
      });
    });
    await page.click('#curve-run');
    await page.waitForSelector('#failure:not([hidden])');
    expect(await page.textContent('#failure')).toBe('1 points train: true');
    await page.close();
  });

  it('trains once another backend has started, if started before', async () => {
    const page = await openOn(browser(), site().address, () => {
      let runs = 0;
      const started = () => postMessage({ type: 'backend', name: 'cpu', passedOver: [] });
      const numbers = () => new Float32Array(1000);
      addEventListener('message', ({ data: { type, name, id, running } }) => {
        if (type === 'backend' && name === 'auto') started();
        if (type === 'regressionSet') postMessage({ type, id, points: [{ x: 0, y: 0 }] });
        if (type === 'regression')
          postMessage({
            type,
            progress: { running: false, step: 0, tensors: 0 },
            picture: { mean: numbers(), epistemic: numbers(), functions: [] },
          });
        if (type !== 'run') return;
        if (++runs === 1) started();
        else postMessage({ type: 'failed', message: `it trains: ${running}` });
      });
    });
    await page.waitForSelector('#curve[data-step="0"]');
    await page.selectOption('#backend', 'cpu');
    await page.click('#curve-run');
    await page.waitForSelector('#failure:not([hidden])');
    expect(await page.textContent('#failure')).toBe('it trains: true');
    await page.close();
  });

  it.each(['curve', 'classes'])(
    'has no points in the panel %s once they are removed, whatever is on its way',
    async (panel) => {
      const page = await openOn(browser(), site().address, () => {
        const sets: { readonly type: string; readonly id: number }[] = [];
        addEventListener('message', ({ data: { type, id } }) => {
          if (type === 'backend') postMessage({ type, name: 'cpu', passedOver: [] });
          if (id !== undefined) sets.push({ type, id });
          if (type !== 'regression' && type !== 'classification') return;
          for (const set of sets) postMessage({ ...set, points: [{ x: 0, y: 0, label: 0 }], heldOut: [] });
          postMessage({ type: 'failed', message: 'all sets are there' });
        });
      });
      await page.click(`#${panel}-clear`);
      await page.waitForSelector('#failure:not([hidden])');
      const other = panel === 'curve' ? 'classes' : 'curve';
      await page.waitForSelector(`#${other}[data-points="1"]`);
      expect(await figure(page, panel, 'points')).toBe(0);
      await page.close();
    },
  );

  it('shows why a backend does not start', async () => {
    const page = await browser().newPage();
    await page.route(/\.wasm$/, (route) => route.abort());
    await page.goto(`${site().address}?backend=wasm`);
    await page.waitForSelector('#failure:not([hidden])');
    expect(await page.textContent('#failure')).toContain('wasm');
    await page.close();
  });
});
