import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium as playwright } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { isolatedSite, type Site } from './isolatedSite.ts';
import { type Consumer, packedConsumer } from './pack.ts';

const executablePath = chromium();
if (executablePath === undefined) console.log('an isolated page: skipped, there is no Chromium');

/** What a page reports: see consumer/page and consumer/threads. */
interface Result {
  readonly error?: string;
  readonly isolated: boolean;
  readonly shared: boolean;
  readonly threads: number;
  readonly fewerThreads: string;
  readonly product: number;
  readonly loss: number;
  readonly probabilities: readonly number[];
}

describe.skipIf(executablePath === undefined)('a cross-origin isolated page', () => {
  let consumer: Consumer;
  let site: Site;
  let plain: Site;
  let browser: Browser;

  /** Builds the page into a folder of the site, as Vite does it by itself unless names are to be kept. */
  const built = async (folder: string, keepNames: boolean, root = 'page'): Promise<void> => {
    await build({
      root: join(consumer.folder, root),
      base: `/${folder}/`,
      configFile: false,
      logLevel: 'error',
      // Backends are loaded on demand, which a script in one piece cannot do.
      worker: { format: 'es' },
      build: { outDir: join(consumer.folder, 'site', folder), ...(keepNames ? { minify: false } : {}) },
    });
  };

  beforeAll(async () => {
    consumer = await packedConsumer();
    await Promise.all([built('minified', false), built('named', true), built('threads', false, 'threads')]);
    for (const program of ['plain', 'vmap', 'regression']) await built(program, false, `pages/${program}`);
    site = await isolatedSite(join(consumer.folder, 'site'));
    plain = await isolatedSite(join(consumer.folder, 'site'), false);
    browser = await playwright.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    // Six builds, on a machine that may be busy.
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    plain?.close();
    await consumer?.remove();
  });

  const visit = async (folder: string, way: string, { address } = site, policy?: string) => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    const query = new URLSearchParams({ way, ...(policy === undefined ? {} : { policy }) });
    await page.goto(`${address}${folder}/?${query}`);
    const result = await page.evaluate(() => (globalThis as unknown as { result: Promise<Result> }).result);
    await page.close();
    return { ...result, complaints };
  };

  it('trains on wasm, minified, whoever starts the backend, on threads of ours or of TensorFlow.js', async () => {
    const started = await visit('minified', 'useBackend');
    expect(started).toEqual({
      ...{ isolated: true, shared: true, threads: 2, fewerThreads: '', complaints: [] },
      ...{ product: expect.any(Number), loss: expect.any(Number), probabilities: expect.any(Array) },
    });
    expect(started.loss).toBeGreaterThan(0);
    // One thread has the same bits.
    expect(await visit('minified', 'setBackend')).toEqual({ ...started, shared: false, threads: 1 });
    // TensorFlow.js's threads do not start on a page whose names are minified.
    const threaded = await visit('named', 'before');
    expect(threaded).toMatchObject({ isolated: true, shared: true, complaints: [] });
    // Its products are not ours, and are rounded otherwise.
    expect(threaded.loss / started.loss).toBeCloseTo(1, 5);
    for (const [at, probability] of started.probabilities.entries())
      expect(threaded.probabilities[at]).toBeCloseTo(probability, 5);
  });

  it('has one thread, with a reason, where the page does not allow another', async () => {
    const refused = await visit('minified', 'useBackend', site, "worker-src 'none'");
    expect(refused).toMatchObject({ isolated: true, threads: 1, loss: expect.any(Number) });
    expect(refused.fewerThreads).toMatch(/^its threads did not start: /);
  });

  /** The kilobytes of JavaScript, gzipped, that a page with a program loads, and whether it had finished. */
  const kilobytes = async (program: string): Promise<number> => {
    const page = await browser.newPage();
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (/\.js$/.test(response.url())) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`${plain.address}${program}/`);
    await page.waitForFunction(() => document.body.dataset.numbers !== undefined);
    expect(await page.evaluate(() => document.body.dataset.numbers)).toMatch(/^-?\d/);
    await page.close();
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000;
  };

  it('loads little: the kernels of one backend, and of the library what it uses', async () => {
    const tensorflow = await kilobytes('plain');
    expect(tensorflow).toBeGreaterThan(50);
    expect(await kilobytes('vmap')).toBeLessThan(80);
    expect((await kilobytes('regression')) - tensorflow).toBeLessThan(131.5);
  });

  // Memory is shared with workers where the page is isolated.
  it.each([true, false])(
    'trains on Web Workers with the bits of one thread, isolated: %s',
    async (isolated) => {
      expect(await visit('threads', '', isolated ? site : plain)).toEqual({
        ...{ isolated, length: expect.any(Number), one: true, two: true, step: true },
        complaints: [expect.stringMatching(/outside/)],
        failures: ['TimedOut', 'WorkerDied'],
        refused: expect.stringMatching(
          /^parallel\.threads: the job 'unknown' must be exported under this name/,
        ),
        missing: expect.stringMatching(/^parallel\.threads: worker must be given in a browser/),
      });
    },
  );
});
