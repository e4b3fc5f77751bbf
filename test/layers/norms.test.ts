import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Forward,
  groupNorm,
  type Layer,
  layerNorm,
  rmsNorm,
  type Unary,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, withDivergence, withLogProbs } from '../../src/transforms/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient, expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { size, uniform } from './support/sized.ts';

const key = random.key(0);

const run = (layer: Layer<unknown, Unary>, x: tf.Tensor, params: unknown = bayesian()(layer).init(key)) =>
  bayesian()(layer).apply(params as never, key, x);

const value = (of: tf.Tensor) => ({ value: of });

/** Rows in doubles, each made of the numbers at some places: (x - mean) / sqrt(variance + eps), or without the mean. */
const standardized = (
  x: readonly number[],
  rowIndex: (index: number) => number,
  eps: number,
  centred: boolean,
): readonly number[] => {
  const average = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
  const rows = new Map<number, readonly number[]>();
  for (const [i, each] of x.entries()) rows.set(rowIndex(i), [...(rows.get(rowIndex(i)) ?? []), each]);
  return x.map((each, i) => {
    const row = rows.get(rowIndex(i)) ?? [];
    const mean = centred ? average(row) : 0;
    return (each - mean) / Math.sqrt(average(row.map((other) => (other - mean) ** 2)) + eps);
  });
};

describeOnBackends('normalizations', () => {
  it('layerNorm standardizes over the last axes, scales and shifts', () => {
    fc.assert(
      fc.property(
        fc.array(size(3), { maxLength: 2 }),
        fc.array(size(4), { minLength: 1, maxLength: 2 }),
        fc.nat(1000),
        (leading, shape, seed) => {
          tf.tidy(() => {
            const x = uniform([...leading, ...shape], seed);
            const [weight, bias] = [uniform(shape, seed + 1), uniform(shape, seed + 2)];
            const columns = tf.util.sizeFromShape(shape);
            const expected = standardized(values(x), (i) => Math.floor(i / columns), 0.1, true).map(
              (y, i) => y * (values(weight)[i % columns] as number) + (values(bias)[i % columns] as number),
            );
            const y = run(layerNorm(shape, { eps: 0.1 }), x, { weight: value(weight), bias: value(bias) });
            expect(y.shape).toEqual(x.shape);
            expectNumbers(values(y), expected);
          });
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('rmsNorm divides by the root mean square of the last axis, and scales', () => {
    tf.tidy(() => {
      const x = uniform([3, 2, 4], 1);
      const weight = uniform([4], 2);
      const expected = standardized(values(x), (i) => Math.floor(i / 4), 0.2, false).map(
        (y, i) => y * (values(weight)[i % 4] as number),
      );
      expectNumbers(values(run(rmsNorm(4, { eps: 0.2 }), x, { weight: value(weight) })), expected);
    });
  });

  it.each([
    [[2, 6], 3],
    [[2, 5, 6], 2],
    [[2, 3, 2, 4], 4],
    [[1, 2, 2, 2, 4], 1],
  ])('groupNorm standardizes %j in %d groups of channels over all positions', (shape, groups) => {
    tf.tidy(() => {
      const x = uniform(shape, 3);
      const channels = shape.at(-1) ?? 1;
      const perRow = tf.util.sizeFromShape(shape.slice(1));
      const group = (i: number) => Math.floor((i % channels) / (channels / groups));
      const rowIndex = (i: number) => Math.floor(i / perRow) * groups + group(i);
      const [weight, bias] = [uniform([channels], 4), uniform([channels], 5)];
      const expected = standardized(values(x), rowIndex, 1e-5, true).map(
        (y, i) => y * (values(weight)[i % channels] as number) + (values(bias)[i % channels] as number),
      );
      const y = run(groupNorm(groups, channels), x, { weight: value(weight), bias: value(bias) });
      expect(y.shape).toEqual(shape);
      expectNumbers(values(y), expected, 2e-5);
    });
  });

  it('groupNorm of long rows far from 0 loses no digits, and NaN stays in its group', () => {
    tf.tidy(() => {
      const x = tf.add(uniform([1, 1000, 2], 10), 100);
      const y = run(groupNorm(1, 2, { affine: false }), x);
      expectNumbers(
        values(y),
        standardized(values(x), () => 0, 1e-5, true),
        1e-4,
      );
      const spoilt = tf.concat([tf.fill([1, 1, 1], Number.NaN), tf.ones([1, 1, 5])], 2);
      const z = run(groupNorm(3, 6), tf.concat([spoilt, uniform([1, 4, 6], 11)], 1));
      expect(values(z).map(Number.isNaN)).toEqual(values(z).map((_, i) => i % 6 < 2));
    });
  });

  it.each([
    [[2, 75, 6], 3],
    [[3, 700, 4], 2],
    [[1, 40, 130], 10],
    [[2, 300, 1], 1],
    [[2, 21, 600], 3],
    [[5, 24], 3],
  ])('groupNorm of %j in %d groups has the values and gradients of its formula', (shape, groups) => {
    tf.tidy(() => {
      const channels = shape.at(-1)!;
      const given = [uniform(shape, 18), uniform([channels], 19), uniform([channels], 20)] as const;
      const dy = uniform(shape, 21);
      const formula = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => {
        const each = tf.reshape(x, [shape[0]!, -1, groups, channels / groups]);
        const deviation = tf.sub(each, tf.mean(each, [1, 3], true));
        const variance = tf.mean(tf.mul(deviation, deviation), [1, 3], true);
        const y = tf.reshape(tf.div(deviation, tf.sqrt(tf.add(variance, 1e-5))), shape);
        return tf.add(tf.mul(y, weight), bias);
      };
      const norm = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
        run(groupNorm(groups, channels), x, { weight: value(weight), bias: value(bias) });
      expectNumbers(values(norm(...given)), values(formula(...given)), 1e-5);
      const [actual, expected] = [norm, formula].map((f) => tf.grads(f)([...given], dy));
      actual!.forEach((slope, at) => {
        expectNumbers(values(slope), values(expected![at]!), 1e-4);
      });
    });
  });

  it.each([
    ['at the start', (position: number) => position < 20],
    ['at the end', (position: number) => position > 180],
  ])('groupNorm keeps its digits if a few positions %s are far from all others', (_, isFar) => {
    tf.tidy(() => {
      const shifts = tf.tensor(
        Array.from({ length: 200 * 4 }, (_, i) => (isFar(Math.floor(i / 4)) && i % 4 < 2 ? 300 : 0)),
        [1, 200, 4],
      );
      const x = tf.add(uniform([1, 200, 4], 22), shifts);
      const expected = standardized(values(x), (i) => Math.floor((i % 4) / 2), 1e-5, true);
      expectNumbers(values(run(groupNorm(2, 4), x)), expected, 1e-6);
    });
  });

  it('groupNorm of rows that jump keeps the variance of what follows', () => {
    tf.tidy(() => {
      // The first numbers are 1000 standard deviations from the mean.
      const x = tf.add(
        uniform([1, 2500, 1], 23),
        tf.pad(tf.fill([1, 8, 1], 1000), [
          [0, 0],
          [0, 2492],
          [0, 0],
        ]),
      );
      const expected = standardized(values(x), () => 0, 1e-5, true);
      expectNumbers(values(run(groupNorm(1, 1), x)), expected, 1e-6);
    });
  });

  it.each([
    ['layerNorm', [3, 7, 40], [40], layerNorm(40), true],
    ['layerNorm', [40, 5, 6], [5, 6], layerNorm([5, 6]), true],
    ['layerNorm', [35, 2], [2], layerNorm(2), true],
    ['rmsNorm', [33, 13], [13], rmsNorm(13, { eps: 1e-5 }), false],
    ['rmsNorm', [2, 4, 64], [64], rmsNorm(64, { eps: 1e-5 }), false],
  ] as const)(
    '%s of %j over %j has the values and gradients of its formula',
    (_, shape, last, layer, centred) => {
      tf.tidy(() => {
        const given = [uniform([...shape], 24), uniform([...last], 25), uniform([...last], 26)] as const;
        const dy = uniform([...shape], 27);
        const axes = last.map((_, at) => shape.length - last.length + at);
        const mean = (x: tf.Tensor) => tf.mean(x, axes, true);
        const formula = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => {
          const deviation = centred ? tf.sub(x, mean(x)) : x;
          const y = tf.div(deviation, tf.sqrt(tf.add(mean(tf.mul(deviation, deviation)), 1e-5)));
          return centred ? tf.add(tf.mul(y, weight), bias) : tf.mul(y, weight);
        };
        const norm = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
          run(layer, x, { weight: value(weight), ...(centred && { bias: value(bias) }) });
        expectNumbers(values(norm(...given)), values(formula(...given)), 1e-5);
        const used = centred ? given : given.slice(0, 2);
        const [actual, expected] = [norm, formula].map((f) =>
          tf.grads((x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor = given[2]) => f(x, weight, bias))(
            [...used],
            dy,
          ),
        );
        expect(actual!.length).toBe(used.length);
        actual!.forEach((slope, at) => {
          expectNumbers(values(slope), values(expected![at]!), 1e-4);
        });
      });
    },
  );

  it('of rows with NaN or an infinite number are NaN in these rows alone', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2, Number.NaN, 4],
        [1, 2, 3, 4],
        [1, Number.POSITIVE_INFINITY, 3, 4],
      ]);
      const areNaN = (layer: Layer<unknown, Unary>) => values(run(layer, x)).map(Number.isNaN);
      expect(areNaN(layerNorm(4))).toEqual(values(x).map((_, i) => Math.floor(i / 4) !== 1));
      // Divided by infinity, what is finite is 0.
      expect(areNaN(rmsNorm(4))).toEqual(values(x).map((_, i) => i < 4 || i === 9));
      expect(areNaN(groupNorm(2, 4))).toEqual(
        values(x).map((_, i) => i === 2 || i === 3 || i === 8 || i === 9),
      );
    });
  });

  it('of no rows are empty', () => {
    tf.tidy(() => {
      for (const layer of [layerNorm(4), rmsNorm(4), groupNorm(2, 4)]) {
        const x = tf.zeros([0, 4]);
        const { value: y, grad } = tf.valueAndGrad((input: tf.Tensor) => run(layer, input))(x);
        expect([y.shape, grad.shape]).toEqual([
          [0, 4],
          [0, 4],
        ]);
      }
    });
  });

  it.each<[string, Layer<unknown, Unary>]>([
    ['layerNorm', layerNorm(4, { eps: 0.1 })],
    ['rmsNorm', rmsNorm(4, { eps: 0.1 })],
  ])('%s has the gradients of its gradients', (_, layer) => {
    tf.tidy(() => {
      const names = Object.keys(bayesian()(layer).init(key) as object);
      const other = uniform([3, 4], 28);
      const loss = (x: tf.Tensor, ...weights: tf.Tensor[]) => {
        const own = Object.fromEntries(names.map((name, at) => [name, value(weights[at]!)]));
        return tf.sum(tf.mul(other, tf.square(tf.add(run(layer, x, own), 0.3))));
      };
      expectGradients(
        (given) =>
          tf
            .grads(loss)([...given])
            .map((slope) => tf.sum(tf.square(slope)))
            .reduce((sum, next) => tf.add(sum, next)),
        [uniform([3, 4], 29), ...names.map((_, at) => uniform([4], 30 + at))],
        { step: 1e-2, tolerance: 2e-2 },
      );
    });
  });

  it.each<[string, Layer<unknown, Unary>]>([
    ['layerNorm', layerNorm(4)],
    ['rmsNorm', rmsNorm(4)],
  ])('%s inside vmap is the loop over its inputs and weights, with its gradients', (_, layer) => {
    tf.tidy(() => {
      const bias = 'bias' in (bayesian()(layer).init(key) as object);
      const [x, w] = [uniform([3, 2, 5, 4], 32), uniform([3, 4], 33)];
      const slopes = (input: tf.Tensor, weight: tf.Tensor) =>
        tf.grads((at: tf.Tensor, by: tf.Tensor) =>
          tf.sum(tf.square(run(layer, at, { weight: value(by), ...(bias && { bias: value(tf.neg(by)) }) }))),
        )([input, weight]);
      const [dx, dw] = vmap(slopes)(x, w) as [tf.Tensor, tf.Tensor];
      const each = [0, 1, 2].map((s) => slopes(tf.gather(x, s), tf.gather(w, s)));
      expectNumbers(values(dx), values(tf.stack(each.map(([own]) => own!))), 1e-4);
      expectNumbers(values(dw), values(tf.stack(each.map(([, own]) => own!))), 1e-4);
    });
  });

  it('groupNorm has the gradients of its gradients', () => {
    tf.tidy(() => {
      const [x, w, b, other] = [
        uniform([2, 3, 4], 12),
        uniform([4], 13),
        uniform([4], 14),
        uniform([2, 3, 4], 15),
      ] as const;
      const loss = (input: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => {
        const y = run(groupNorm(2, 4, { eps: 0.1 }), input, { weight: value(weight), bias: value(bias) });
        return tf.sum(tf.mul(other, tf.square(tf.add(y, 0.3))));
      };
      expectGradients(
        ([input, weight, bias]) => {
          const slopes = tf.grads(loss)([input!, weight!, bias!]);
          return slopes.map((slope) => tf.sum(tf.square(slope))).reduce((sum, next) => tf.add(sum, next));
        },
        [x, w, b],
        { step: 1e-2, tolerance: 2e-2 },
      );
    });
  });

  it('groupNorm inside vmap is the loop over its inputs and weights, with its gradients', () => {
    tf.tidy(() => {
      const [x, w] = [uniform([3, 2, 5, 4], 16), uniform([3, 4], 17)];
      const slopes = (input: tf.Tensor, weight: tf.Tensor) =>
        tf.grads((at: tf.Tensor, by: tf.Tensor) =>
          tf.sum(tf.square(run(groupNorm(2, 4), at, { weight: value(by), bias: value(tf.neg(by)) }))),
        )([input, weight]);
      const [dx, dw] = vmap(slopes)(x, w) as [tf.Tensor, tf.Tensor];
      const each = [0, 1, 2].map((s) => slopes(tf.gather(x, s), tf.gather(w, s)));
      expectNumbers(values(dx), values(tf.stack(each.map(([own]) => own!))), 1e-4);
      expectNumbers(values(dw), values(tf.stack(each.map(([, own]) => own!))), 1e-4);
    });
  });

  it('have ordinary weights that start as the identity and add no terms to the objective', () => {
    tf.tidy(() => {
      const model = bayesian()(layerNorm(3));
      const params = model.init(key);
      expect([values(params.weight.value), values(params.bias.value)]).toEqual([
        [1, 1, 1],
        [0, 0, 0],
      ]);
      const { logProbs } = withLogProbs(model)(params, key, tf.ones([2, 3]));
      expect([values(logProbs.prior), values(logProbs.posterior)]).toEqual([[0], [0]]);
      expect(values(withDivergence(model)(params, key, tf.ones([2, 3])).divergence)).toEqual([0]);
    });
  });

  it('have the weights that their options select', () => {
    const listNames = (layer: Layer<unknown, Forward>) =>
      tf.tidy(() => Object.keys(bayesian()(layer).init(key) as object));
    expect(listNames(layerNorm(3, { bias: false }))).toEqual(['weight']);
    expect(listNames(layerNorm(3, { elementwiseAffine: false }))).toEqual([]);
    expect(listNames(rmsNorm(3))).toEqual(['weight']);
    expect(listNames(rmsNorm(3, { elementwiseAffine: false }))).toEqual([]);
    expect(listNames(groupNorm(1, 3))).toEqual(['weight', 'bias']);
    expect(listNames(groupNorm(1, 3, { affine: false }))).toEqual([]);
    tf.tidy(() => {
      const x = uniform([2, 4], 6);
      expectNumbers(values(run(layerNorm(4, { elementwiseAffine: false }), x)), values(run(layerNorm(4), x)));
    });
  });

  it.each<[string, Layer<unknown, Unary>]>([
    ['layerNorm', layerNorm(4)],
    ['rmsNorm', rmsNorm(4)],
    ['groupNorm', groupNorm(2, 4)],
  ])('%s has the gradients of its input and its weights', (_, layer) => {
    tf.tidy(() => {
      const params = bayesian()(layer).init(key) as Readonly<Record<string, { value: tf.Tensor }>>;
      const x = uniform([2, 3, 4], 7);
      const other = uniform([2, 3, 4], 8);
      const loss = (y: tf.Tensor) => tf.sum(tf.mul(other, tf.square(tf.add(y, 0.3))));
      expectGradient((input) => loss(run(layer, input, params)), x, { step: 1e-2, tolerance: 1e-2 });
      for (const name of Object.keys(params)) {
        expectGradient(
          (weight) => loss(run(layer, x, { ...params, [name]: value(weight) })),
          uniform([4], 9),
        );
      }
    });
  });

  it('are 0, with finite gradients, if all inputs are equal', () => {
    tf.tidy(() => {
      const x = tf.fill([2, 4], 3);
      expectNumbers(values(run(layerNorm(4), x)), values(tf.zeros([2, 4])));
      const gradient = tf.grad((input: tf.Tensor) => tf.sum(tf.square(run(layerNorm(4), input))))(x);
      expect(values(gradient).every(Number.isFinite)).toBe(true);
    });
  });

  it('refuse inputs of another shape', () => {
    tf.tidy(() => {
      expect(() => run(layerNorm([2, 3]), tf.zeros([4, 3]))).toThrow(
        'layerNorm: input must be a tensor whose last axes are the normalizedShape [2, 3], got a float32 tensor of shape [4, 3]',
      );
      expect(() => run(layerNorm([2, 3]), tf.zeros([3]))).toThrow(/^layerNorm: input must be .* \[3\]$/);
      expect(() => run(rmsNorm(3), tf.zeros([3, 2]))).toThrow(/^rmsNorm: input must be .* \[3, 2\]$/);
      expect(() => run(groupNorm(1, 3), tf.zeros([3]))).toThrow(
        'groupNorm: input must be a tensor [batch, ..., channels] of 3 channels, got a float32 tensor of shape [3]',
      );
    });
  });

  it('leak no tensors', () => {
    const layer = groupNorm(2, 4);
    const params = bayesian()(layer).init(key);
    const x = tf.ones([2, 4]);
    expectNoLeak(() => run(layer, x, params));
    tf.dispose([x, ...leaves(params)]);
  });
});

describe('normalizations', () => {
  it('reject invalid sizes and numbers', () => {
    expect(() => layerNorm(0)).toThrow('layerNorm: normalizedShape must be a positive integer, got 0');
    expect(() => layerNorm([])).toThrow(
      'layerNorm: normalizedShape must be a positive integer or an array of them, got []',
    );
    expect(() => layerNorm([2, 1.5])).toThrow(
      'layerNorm: normalizedShape must be a positive integer, got 1.5',
    );
    expect(() => layerNorm(2, { eps: -1 })).toThrow(
      'layerNorm: eps must be a finite number of at least 0, got -1',
    );
    expect(() => rmsNorm(2, { eps: Number.NaN })).toThrow(/^rmsNorm: eps must be .* got NaN/);
    expect(() => groupNorm(2, 3)).toThrow('groupNorm: numChannels must be divisible by numGroups, 2, got 3');
    expect(() => groupNorm(0, 3)).toThrow('groupNorm: numGroups must be a positive integer, got 0');
    // @ts-expect-error: a misspelt option
    expect(() => layerNorm(2, { epsilon: 1 })).toThrow(
      "layerNorm: unknown option 'epsilon'; did you mean 'eps'?",
    );
  });
});
