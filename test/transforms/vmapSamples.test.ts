import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type random as Random, random, vmapSamples, withDivergence, withLogProbs } from '../../src/index.ts';
import { leaves, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { classifier, cook, labelled, recipe } from './support/nets.ts';

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
