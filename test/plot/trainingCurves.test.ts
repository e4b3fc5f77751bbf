import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks, sides } from './support/figures.ts';
import { type Node, named, readPoints, texts } from './support/xml.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e9, -1e9, 1e-9, 1e-45, 3.4e38, -3.4e38),
);
const curves = (root: Node) => marks(root, 'line').flatMap((mark) => named(mark, 'path').map(readPoints));

describe('plot.trainingCurves', () => {
  it('is well-formed SVG for any numbers and any names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 6 }),
        fc
          .integer({ min: 1, max: 30 })
          .chain((n) =>
            fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 6, maxLength: 6 }),
          ),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('auto', 'light', 'dark'),
        async (names, values, text, theme) => {
          const history = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
          const options = { title: text, xLabel: text, yLabel: text, theme };
          await drawn(await plot.trainingCurves(history, options));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('draws over the epochs or steps that are among its parts', async () => {
    const validations = [2, 4, 5].map((epoch) => ({ epoch, nll: 1 / epoch }));
    const figure = await plot.trainingCurves(validations);
    const root = await drawn(figure);
    const { left, right } = sides(figure);
    const all = curves(root);
    expect(all).toHaveLength(1);
    const at = all[0]!.map(([x]) => (x! - left) / (right - left));
    for (const [index, expected] of [0, 2 / 3, 1].entries()) expect(at[index]).toBeCloseTo(expected, 1);
    expect(texts(root)).toContain('epoch');
    const steps = await drawn(await plot.trainingCurves({ step: [10, 20], loss: [3, 2] }));
    expect(texts(steps)).toContain('step');
    await expect(plot.trainingCurves({ step: [1], loss: [3, 2] })).rejects.toThrow(
      /plot.trainingCurves: step/,
    );
    await expect(plot.trainingCurves({ epoch: [1] })).rejects.toThrow(/of at least one epoch/);
  });

  it.each([
    [
      [1990, 2010],
      ['1990', '2010'],
    ],
    [
      [0, 1500],
      ['200', '1000'],
    ],
    [[0, 20_000], ['10,000']],
    [[0, 300_000], ['100k']],
  ] as const)('labels %j as people write such numbers', async (x, expected) => {
    const root = await drawn(await plot.trainingCurves({ loss: [3, 2] }, { x: [...x], xLabel: 'year' }));
    expect(texts(root)).toEqual(expect.arrayContaining([...expected]));
  });

  it('draws over the x values that it is given, in ascending order', async () => {
    const figure = await plot.trainingCurves({ loss: [1, 3, 2] }, { x: [0, 30, 10], xLabel: 'seconds' });
    const root = await drawn(figure);
    expect(texts(root)).toContain('seconds');
    const { left, right } = sides(figure);
    const [points] = curves(root);
    const across = points!.map(([x]) => (x - left) / (right - left));
    for (const [index, expected] of [0, 1 / 3, 1].entries()) expect(across[index]).toBeCloseTo(expected, 2);
    const [y0, y1, y2] = points!.map(([, y]) => y);
    expect(y0! - y1!).toBeCloseTo((y0! - y2!) / 2, 1);
    expect((await plot.trainingCurves([{ epoch: 1, loss: 1 }], { x: [3] })).x.label).toBe('x');
    await expect(plot.trainingCurves({ loss: [1, 2] }, { x: [1] })).rejects.toThrow(
      'plot.trainingCurves: x must be numbers of shape [2]',
    );
  });

  it('leaves out parts of other parts, and draws those of one alone if asked', async () => {
    const history = [1, 2].map((n) => ({
      loss: n,
      divergence: n,
      'divergence/0.weight': n,
      'divergence/1.bias': 3 - n,
    }));
    const outer = await drawn(await plot.trainingCurves(history));
    expect(curves(outer)).toHaveLength(2);
    const inner = await drawn(await plot.trainingCurves(history, { within: 'divergence' }));
    expect(curves(inner)).toHaveLength(2);
    expect(texts(inner)).toEqual(expect.arrayContaining(['0.weight', '1.bias']));
    await expect(plot.trainingCurves(history, { within: 'loss' })).rejects.toThrow(
      'plot.trainingCurves: within must be a part whose parts the history has',
    );
  });

  it('draws inside the axes, in the direction of the numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 2, maxLength: 60 }),
        fc.constantFrom('linear', 'log'),
        async (values, yScale) => {
          const given = yScale === 'log' ? values.map((v) => Math.abs(v) + 1e-30) : values;
          const ascending = [...given].sort((a, b) => a - b);
          const figure = await plot.trainingCurves({ loss: ascending }, { yScale });
          const root = await drawn(figure);
          const { left, right, bottom } = sides(figure);
          const [points] = curves(root);
          expect(points!.length).toBe(values.length);
          for (const [i, [x, y]] of points!.entries()) {
            expect(x).toBeGreaterThanOrEqual(left - 0.1);
            expect(x).toBeLessThanOrEqual(right + 0.1);
            expect(y).toBeLessThanOrEqual(bottom + 0.1);
            expect(y).toBeGreaterThanOrEqual(0);
            if (i > 0) expect(y).toBeLessThanOrEqual(points![i - 1]![1]);
          }
          expect(points![0]![0]).toBeCloseTo(left, 0);
          expect(points!.at(-1)![0]).toBeCloseTo(right, 0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes the history of fit unchanged, with readable labels', async () => {
    const history = [
      { loss: 3, dataFitting: 2, divergence: 1 },
      { loss: 2, dataFitting: 1.5, divergence: 0.5 },
    ];
    const root = await drawn(await plot.trainingCurves(history, { title: 'a < b & "c"' }));
    expect(texts(root)).toEqual(
      expect.arrayContaining(['a < b & "c"', 'loss', 'data fitting', 'divergence', 'epoch', 'nats']),
    );
    expect(curves(root)).toHaveLength(3);
    const lists = { loss: [3, 2], dataFitting: [2, 1.5], divergence: [1, 0.5] };
    expect(await plot.svg(await plot.trainingCurves(lists))).toBe(
      await plot.svg(await plot.trainingCurves(history)),
    );
  });

  it('is small for many steps, and keeps the extremes', async () => {
    const n = 200_000;
    const spikes = new Map([
      [123_456, 50],
      [77_777, -50],
    ]);
    const values = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.7) + (spikes.get(i) ?? 0));
    const figure = await plot.trainingCurves({ loss: values });
    expect((await plot.svg(figure)).length).toBeLessThan(50_000);
    const few = [values[77_777]!, values[123_456]!];
    const ys = (root: Node) => curves(root)[0]!.map(([, y]) => y);
    const extremes = ys(await drawn(await plot.trainingCurves({ loss: few })));
    expect(Math.max(...ys(await drawn(figure)))).toBe(Math.max(...extremes));
    expect(Math.min(...ys(await drawn(figure)))).toBe(Math.min(...extremes));
  });

  it('shows a single epoch as a dot', async () => {
    const root = await drawn(await plot.trainingCurves([{ loss: 5 }]));
    const [line] = marks(root, 'line');
    expect(named(line!, 'path')[0]!.attributes.d).toMatch(/^M[\d.]+,[\d.]+Z$/);
    expect(Number(line!.attributes['stroke-width'])).toBeGreaterThan(4);
  });

  it.each([
    ['a history of none', [], 'plot.trainingCurves: history must be of at least one epoch, got'],
    ['no history', 3, 'plot.trainingCurves: history must be the history of fit'],
    ['no numbers', { loss: [] }, 'plot.trainingCurves: loss must be at least one number'],
    [
      'NaN',
      { loss: [1, Number.NaN] },
      "plot.trainingCurves: loss must be finite numbers that float32 can hold, got 'NaN at 1'",
    ],
    ['too few', { loss: [1, 2], kl: [1] }, 'plot.trainingCurves: kl must be numbers of shape [2], got'],
    [
      'a missing part',
      [{ loss: 1, kl: 1 }, { loss: 1 }],
      'plot.trainingCurves: kl must be numbers, got undefined',
    ],
    ['text', { loss: ['1'] }, "plot.trainingCurves: loss must be numbers, got '1'"],
  ])('refuses %s', async (_, history, message) => {
    await expect(plot.trainingCurves(history as never)).rejects.toThrow(message);
  });

  it('rejects a log scale for values that are not positive, and invalid sizes', async () => {
    await expect(plot.trainingCurves({ kl: [1, 0] }, { yScale: 'log' })).rejects.toThrow(
      'plot.trainingCurves: kl on a log scale must be above 0, got 0',
    );
    await expect(plot.trainingCurves({ kl: [1] }, { yScale: 'sqrt' as never })).rejects.toThrow(
      "'linear' or 'log'",
    );
    await expect(plot.trainingCurves({ kl: [1] }, { width: 10 })).rejects.toThrow(
      'width must be at least 160',
    );
    await expect(plot.trainingCurves({ kl: [1] }, { height: Number.NaN })).rejects.toThrow('height must be');
  });
});

describeOnBackends('plot.trainingCurves of tensors', () => {
  it('equals that of arrays, and leaves the tensors unchanged', async () => {
    const values = [3, 2.5, 1];
    const tensor = tf.tensor1d(values);
    const before = tf.memory().numTensors;
    expect(await plot.svg(await plot.trainingCurves({ loss: tensor }))).toBe(
      await plot.svg(await plot.trainingCurves({ loss: values })),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
  });
});
