import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { quantile } from '../../src/plot/numbers.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks, sides } from './support/figures.ts';
import { all, type Node, named, readPoints, texts } from './support/xml.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1e9, -1e9, 1e-9, 1e37, -1e37),
);
const lists = fc
  .integer({ min: 1, max: 20 })
  .chain((n) =>
    fc.tuple(
      fc.array(value, { minLength: n, maxLength: n }),
      fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 8 }),
    ),
  );

/** The upper and lower end of each ribbon at each place, in pixels (downwards). */
const ribbonsIn = (root: Node) =>
  marks(root, 'area').map((mark) => {
    const points = readPoints(named(mark, 'path')[0]!);
    const half = points.length / 2;
    return points.slice(0, half).map(([x, high], i) => ({ x, high, low: points[points.length - 1 - i]![1] }));
  });

const lines = (root: Node): number => marks(root, 'line').flatMap((mark) => named(mark, 'path')).length;

describe('plot.predictiveBand', () => {
  it('is well formed for any numbers, with nested ribbons inside the axes', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async ([x, samples]) => {
        const figure = await plot.predictiveBand(
          { x, samples, data: { x, y: samples[0]! } },
          { levels: [0.9, 0.3] },
        );
        const root = await drawn(figure);
        const { left, right, bottom } = sides(figure);
        const [wide, narrow] = ribbonsIn(root);
        for (const [i, { x: at, low, high }] of wide!.entries()) {
          expect(at).toBeGreaterThanOrEqual(left - 0.1);
          expect(at).toBeLessThanOrEqual(right + 0.1);
          expect(low).toBeLessThanOrEqual(bottom + 0.1);
          expect(high).toBeLessThanOrEqual(low);
          expect(narrow![i]!.low).toBeLessThanOrEqual(low);
          expect(narrow![i]!.high).toBeGreaterThanOrEqual(high);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is invariant to the order of the inputs', async () => {
    const x = [3, 1, 2, -1];
    const mean = x.map((v) => v * v);
    const sorted = [...x].sort((a, b) => a - b);
    const std = [1, 1, 1, 1];
    expect(await plot.svg(await plot.predictiveBand({ x, mean, std }))).toBe(
      await plot.svg(await plot.predictiveBand({ x: sorted, mean: sorted.map((v) => v * v), std })),
    );
  });

  it('takes the mean of samples if none is given, and draws the requested number of functions', async () => {
    const samples = [
      [1, 2, 3],
      [3, 4, 8],
      [2, 3, 4],
    ];
    const band = { x: [0, 1, 2], samples };
    const options = { functions: 2, yDomain: [0, 10] as const };
    const figure = await plot.predictiveBand(band, options);
    expect(await plot.svg(figure)).toBe(
      await plot.svg(await plot.predictiveBand({ ...band, mean: [2, 3, 5] }, options)),
    );
    // Two functions, and the mean.
    expect(lines(await drawn(figure))).toBe(3);
    const none = await drawn(await plot.predictiveBand(band, { functions: 0 }));
    expect(lines(none)).toBe(1);
    expect(texts(none)).not.toContain('sampled functions');
  });

  it('shows aleatoric and epistemic uncertainty as two ribbons', async () => {
    const band = { x: [0, 1], mean: [0, 0], uncertainty: { total: [1.25, 2], epistemic: [0.25, 1] } };
    const root = await drawn(await plot.predictiveBand(band, { yDomain: [-4, 4] }));
    const [total, epistemic] = ribbonsIn(root);
    const heights = (ends: NonNullable<typeof total>) => ends.map(({ low, high }) => low - high);
    // The ratio of the standard deviations.
    expect(heights(total!)[0]! / heights(epistemic!)[0]!).toBeCloseTo(Math.sqrt(5), 1);
    expect(heights(total!)[1]! / heights(epistemic!)[1]!).toBeCloseTo(Math.sqrt(2), 1);
    expect(texts(root)).toEqual(expect.arrayContaining(['95 % of targets', '95 % of functions (epistemic)']));
  });

  it('clips to the requested domain, and nothing else', async () => {
    const band = { x: [0, 1], mean: [0, 100] };
    expect(await plot.svg(await plot.predictiveBand(band))).not.toContain('clip-path');
    const clipped = await plot.predictiveBand(band, { yDomain: [0, 1] });
    const ids = all(await drawn(clipped)).flatMap(({ attributes: { id } }) => id ?? []);
    expect(ids).toHaveLength(1);
    // The same names at each drawing, and others for another picture: a page may have both.
    expect(await plot.svg(clipped)).toBe(await plot.svg(clipped));
    const other = await plot.predictiveBand(band, { yDomain: [0, 1], height: 200 });
    expect(await plot.svg(other)).not.toContain(ids[0]);
    expect(await plot.svg(clipped)).toContain(`url(#${ids[0]})`);
  });

  it('is small for long data', async () => {
    const n = 100_000;
    const x = Float32Array.from({ length: n }, (_, i) => i / n);
    const y = x.map((v, i) => Math.sin(9 * v) + 0.1 * Math.sin(i));
    const band = { x, mean: y, std: x.map(() => 0.1), data: { x, y } };
    expect((await plot.svg(await plot.predictiveBand(band))).length).toBeLessThan(600_000);
  });

  it.each([
    ['nothing', { x: [1] }, {}, 'plot.predictiveBand: the band must be one with a mean or samples'],
    ['a short mean', { x: [1, 2], mean: [1] }, {}, 'mean must be numbers of shape [2], got'],
    [
      'samples of another length',
      { x: [1], samples: [[1, 2]] },
      {},
      'samples must be numbers of shape [rows, 1]',
    ],
    ['ragged samples', { x: [1], samples: [[1, 2], [1]] }, {}, 'samples must be rows of the same shape [2]'],
    ['a negative std', { x: [1], mean: [1], std: [-1] }, {}, 'std must be at least 0, got -1'],
    [
      'a negative variance',
      { x: [1], mean: [1], uncertainty: { total: [-1], epistemic: [0] } },
      {},
      'uncertainty.total must be at least 0',
    ],
    [
      'uneven data',
      { x: [1], mean: [1], data: { x: [1], y: [1, 2] } },
      {},
      'data.y must be numbers of shape [1]',
    ],
    [
      'a level of 95',
      { x: [1], mean: [1] },
      { levels: [95] },
      'levels must be shares between 0 and 1, got 95',
    ],
    ['no levels', { x: [1], mean: [1] }, { levels: [] }, 'levels must be a list of shares'],
    ['half a function', { x: [1], mean: [1] }, { functions: 0.5 }, 'functions must be an integer'],
    ['ends the wrong way', { x: [1], mean: [1] }, { yDomain: [1, 0] }, 'yDomain must be [low, high]'],
  ])('refuses %s', async (_, band, options, message) => {
    await expect(plot.predictiveBand(band as never, options as never)).rejects.toThrow(message);
  });
});

describe('quantiles', () => {
  it('of sorted numbers lie between neighbours', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 1.5, 2, 3, 4]);
    expect(quantile([7], 0.3)).toBe(7);
  });
});

describeOnBackends('plot.predictiveBand of tensors', () => {
  it('equals that of arrays, columns or not, and leaves the tensors unchanged', async () => {
    const x = [0, 1, 2];
    const samples = [
      [1, 2, 3],
      [3, 4, 8],
    ];
    const given = { x: tf.tensor2d(x, [3, 1]), samples: tf.tensor3d(samples.flat(), [2, 3, 1]) };
    const before = tf.memory().numTensors;
    expect(await plot.svg(await plot.predictiveBand(given))).toBe(
      await plot.svg(await plot.predictiveBand({ x, samples })),
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([given.x, given.samples]);
  });
});
