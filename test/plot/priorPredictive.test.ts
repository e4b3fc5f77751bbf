import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bayesian, linear, plot, priorPredictive, random } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks, sides } from './support/figures.ts';
import { type Node, named, readPoints, texts } from './support/xml.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1e9, -1e9, 1e-9, 1e37, -1e37),
);
const lists = fc
  .integer({ min: 1, max: 12 })
  .chain((n) =>
    fc.tuple(
      fc.array(value, { minLength: n, maxLength: n }),
      fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 6 }),
    ),
  );

const samples = [
  [1, 2, 3],
  [3, 4, 8],
  [2, 3, 4],
];

const lines = (root: Node): number => marks(root, 'line').flatMap((mark) => named(mark, 'path')).length;

describe('plot.priorPredictive', () => {
  it('is well formed for any numbers, with its ribbon inside the axes', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async ([x, rows]) => {
        const figure = await plot.priorPredictive({ x, samples: rows, data: { x, y: rows[0]! } });
        const { left, right, bottom } = sides(figure);
        for (const [across, up] of readPoints(named(marks(await drawn(figure), 'area')[0]!, 'path')[0]!)) {
          expect(across).toBeGreaterThanOrEqual(left - 0.1);
          expect(across).toBeLessThanOrEqual(right + 0.1);
          expect(up).toBeLessThanOrEqual(bottom + 0.1);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is invariant to the order of the inputs', async () => {
    const swapped = samples.map(([a, b, c]) => [c!, a!, b!]);
    expect(await plot.svg(await plot.priorPredictive({ x: [3, 1, 2], samples: swapped }))).toBe(
      await plot.svg(await plot.priorPredictive({ x: [1, 2, 3], samples })),
    );
  });

  it('draws as many functions as asked for, and says what they are', async () => {
    const withFunctions = async (functions?: number) =>
      drawn(
        await plot.priorPredictive({ x: [1, 2, 3], samples }, functions === undefined ? {} : { functions }),
      );
    expect(lines(await withFunctions())).toBe(3);
    expect(lines(await withFunctions(2))).toBe(2);
    const none = await withFunctions(0);
    expect(lines(none)).toBe(0);
    expect(texts(none)).not.toContain('functions from the prior');
    expect(texts(await withFunctions(1))).toEqual(
      expect.arrayContaining(['functions from the prior', '95 % of functions']),
    );
    const withData = await plot.priorPredictive(
      { x: [1, 2, 3], samples, data: { x: [1], y: [2] } },
      { xLabel: 'voltage, V', yLabel: 'current, A', title: 'Before any data' },
    );
    expect(texts(await drawn(withData))).toEqual(
      expect.arrayContaining(['data', 'voltage, V', 'current, A', 'Before any data']),
    );
    expect(none.children[0]!.text).toContain('y along x: 95 % of functions');
  });

  it('refuses what it cannot draw', async () => {
    const calls: readonly (readonly [object, object, string])[] = [
      [{ x: [1, 2], samples }, {}, 'plot.priorPredictive: samples must be'],
      [{ x: [1, 2, 3] }, {}, 'plot.priorPredictive: samples must be given'],
      [{ x: [1, Number.NaN, 3], samples }, {}, 'plot.priorPredictive: x must be finite numbers'],
      [{ x: [1, 2, 3], samples }, { functions: -1 }, 'plot.priorPredictive: functions must be'],
      [{ x: [1, 2, 3], samples }, { width: 1 }, 'plot.priorPredictive: width must be'],
      [{ x: [1, 2, 3], samples, data: { x: [1] } }, {}, 'plot.priorPredictive: data: y must be'],
    ];
    for (const [given, options, message] of calls)
      await expect(plot.priorPredictive(given as never, options)).rejects.toThrow(message);
  });
});

describeOnBackends('plot.priorPredictive of a model', () => {
  it('takes the tensors of priorPredictive, which the caller keeps', async () => {
    const x = tf.reshape(tf.linspace(-1, 1, 7), [7, 1]);
    const functions = priorPredictive(bayesian()(linear(1, 1)), { samples: 4 })(random.key(0), x);
    const root = await drawn(await plot.priorPredictive({ x, samples: functions }));
    expect(lines(root)).toBe(4);
    expect([x.isDisposed, functions.isDisposed]).toEqual([false, false]);
    x.dispose();
    functions.dispose();
  });
});
