import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureIn } from '../../bench/browser/compare.ts';
import { browserContenders } from '../../bench/browser/contenders.ts';
import { contenders } from '../../bench/contenders.ts';
import { chromium } from '../support/chromium.ts';

const executablePath = chromium();
if (executablePath === undefined) console.log('benchmarks in a browser: skipped, there is no Chromium');

/** Milliseconds for a slow machine: it builds the package, and a page loads all of it. */
const timeout = 600_000;

it('measures in a page what is measured in Node', () => {
  const names = new Set(contenders.map(({ name }) => name));
  expect(browserContenders.length).toBeGreaterThan(10);
  expect(browserContenders.filter(({ name }) => !names.has(name))).toEqual([]);
});

describe.skipIf(executablePath === undefined)('a page of the benchmarks', { timeout }, () => {
  const staged = resolve('out', `bench-test-${process.pid}`);
  beforeAll(async () => {
    mkdirSync(staged, { recursive: true });
    const build = ['node_modules/tsdown/dist/run.mjs', '--out-dir', staged, '--logLevel', 'error'];
    await promisify(execFile)(process.execPath, build);
  }, timeout);
  afterAll(() => rmSync(staged, { recursive: true }));

  it.each([true, false])(
    'measures on one thread, and on more where it is isolated (%s)',
    async (isolated) => {
      const place = { isolated, library: join(staged, 'index.mjs'), executablePath: executablePath! };
      const request = { only: ['vmap'], rounds: 1, threads: [1, 2] };
      const { rows, ...found } = await measureIn(place, request, () => undefined);
      expect(found.isolated).toBe(isolated);
      const names = ['vmap/ours', 'vmap/direct'].flatMap((name) =>
        isolated ? [name, `${name}, 2 threads`] : [name],
      );
      expect(rows.map(({ name }) => name)).toEqual(['unit', ...names]);
      expect(rows.flatMap(({ failure }) => failure ?? [])).toEqual([]);
      expect(rows.every(({ times }) => times.length === 1 && times[0]! > 0)).toBe(true);
    },
  );
});
