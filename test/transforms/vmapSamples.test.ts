import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  linear,
  type random as Random,
  random,
  sequential,
  tree,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { leaves, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { peakBytes } from '../support/peakBytes.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { classifier, cook, drawInputs, labelled, recipe } from './support/nets.ts';

type Key = Random.Key;

/** What `vmapSamples` promises: one call for each `foldIn(key, s)`, stacked. */
const loop = <Y>(samples: number, f: (key: Key) => Y, key: Key): Y => {
  const each = Array.from({ length: samples }, (_, s) => f(random.foldIn(key, s)));
  const columns = each.map(leaves);
  return unflatten(each[0]!)(leaves(each[0]).map((_, at) => tf.stack(columns.map((column) => column[at]!))));
};

describeOnBackends('vmapSamples', (backend) => {
  const expectEqual = backend === 'cpu' ? expectSame : expectClose;
  const drawn = fc.tuple(recipe, fc.integer({ min: 1, max: 5 }));
  const often = { numRuns: runs(25), seed: 2 };

  it('equals the loop over foldIn(key, s) for any network', () => {
    fc.assert(
      fc.property(drawn, ([each, samples]) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          const actual = vmapSamples({ samples })(model)(params, key, x);
          expectEqual(
            actual,
            loop(samples, (k) => model.apply(params, k, x), key),
          );
        });
      }),
      often,
    );
  });

  it('equals the loop with log probabilities and with the divergence', () => {
    fc.assert(
      fc.property(drawn, ([each, samples]) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          for (const f of [withLogProbs(model), withDivergence(model)]) {
            const actual = vmapSamples({ samples })((p: typeof params, k: Key, y: tf.Tensor): unknown =>
              f(p, k, y),
            )(params, key, x);
            expectEqual(
              actual,
              loop<unknown>(samples, (k) => f(params, k, x), key),
            );
          }
        });
      }),
      often,
    );
  });

  it('has the gradients of the loop', () => {
    fc.assert(
      fc.property(drawn, ([each, samples]) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          const scalar = (output: tf.Tensor) => tf.sum(tf.mul(output, tf.cos(output)));
          const of = (run: (p: typeof params) => tf.Tensor) =>
            tf.grads((...xs) => scalar(run(unflatten(params)(xs))))([...leaves(params)]);
          expectClose(
            of((p) => vmapSamples({ samples })(model)(p, key, x)),
            of((p) => loop(samples, (k) => model.apply(p, k, x), key)),
            1e-4,
          );
        });
      }),
      often,
    );
  });

  it('finds the chunk that its memory allows, with the same results and gradients', () => {
    const model = bayesian()(sequential(linear(3, 50), tf.relu, linear(50, 30), tf.tanh, linear(30, 2)));
    const params = model.init(random.key(0));
    const x = drawInputs(1, [40, 3]);
    const f = (options: object) => {
      const sampled = vmapSamples({ samples: 24, ...options })(model);
      return valueAndGrad((p: typeof params) => {
        const outputs = sampled(p, random.key(1), x);
        return { loss: tf.sum(tf.mul(outputs, tf.cos(outputs))) };
      });
    };
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const whole = f({})(params);
      const results: unknown[] = [];
      const peak = (options: object) => peakBytes(() => void results.push(f(options)(params)));
      for (const bytes of [500_000, 1_000_000, 2_000_000]) {
        // Besides: the inputs, the parameters and the sum of their gradients.
        expect(peak({ memory: bytes })).toBeLessThan(1.5 * bytes + 150_000);
        expect(peak({ memory: bytes })).toBeGreaterThan(0.5 * bytes);
      }
      const [all, two] = [peak({}), peak({ chunk: 2 })];
      expect(all).toBeGreaterThan(4_000_000);
      expect(peak({ memory: '1 GB' })).toBe(all);
      expect(peak({ memory: '1 GB', chunk: 2 })).toBe(two);
      expect(peak({ memory: 1 })).toBe(peak({ chunk: 1 }));
      const forward = (options: object) =>
        peakBytes(() => void vmapSamples({ samples: 24, ...options })(model)(params, random.key(1), x));
      expect(forward({ memory: 400_000 })).toBeLessThan(600_000);
      expect(forward({ memory: 400_000 })).toBeGreaterThan(200_000);
      for (const result of results) expectClose(result, whole, 1e-4);
    });
    expect(tf.memory().numTensors).toBe(before);
    tree.dispose([params, x]);
    for (const memory of [0, '3', 'all'])
      expect(() => vmapSamples({ samples: 4, memory })).toThrow(
        /vmapSamples: memory must be a number of bytes/,
      );
  });

  it('draws another sample for each s, whatever the number of samples', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const { inputs } = labelled();
    const many = vmapSamples({ samples: 4 })(model)(params, random.key(1), inputs);
    const few = vmapSamples({ samples: 2 })(model)(params, random.key(1), inputs);
    expect(many.shape).toEqual([4, 5, 2]);
    (backend === 'cpu' ? expectSame : expectClose)(tf.slice(many, 0, 2), few);
    const rows = tf.unstack(many).map((row) => row.dataSync().join());
    expect(new Set(rows).size).toBe(4);
  });

  it('reports its number of samples and leaks nothing', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const { inputs } = labelled();
    const sampled = vmapSamples({ samples: 3 })(model);
    expect(sampled.samples).toBe(3);
    expectNoLeak(() => sampled(params, random.key(1), inputs));
    const wide = tf.zeros([5, 9]);
    expectNoLeak(() => {
      expect(() => sampled(params, random.key(1), wide)).toThrow(/linear: input/);
    });
  });

  it('rejects counts that are not positive integers, and anything that is not a function', () => {
    for (const samples of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined]) {
      expect(() => vmapSamples({ samples: samples as number })).toThrow(
        /vmapSamples: samples must be a positive integer, got/,
      );
      if (samples === undefined) continue;
      expect(() => vmapSamples({ samples: 4, chunk: samples as number })).toThrow(
        /vmapSamples: chunk must be a positive integer, got/,
      );
    }
    expect(() => vmapSamples({ samples: 1 })({} as never)).toThrow(/vmapSamples: f must be a model or a/);
  });
});
