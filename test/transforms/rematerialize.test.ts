import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  bayesian,
  categorical,
  elbo,
  layer,
  linear,
  type random as Random,
  random,
  type Stochastic,
  sequential,
  valueAndGrad,
  vmapSamples,
  type WithDivergence,
  type WithLogProbs,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { leaves, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { classifier, cook, drawInputs, labelled, recipe } from './support/nets.ts';
import { peakBytes } from './support/peak.ts';

type Key = Random.Key;

describeOnBackends('vmapSamples with chunk', (backend) => {
  const expectEqual = backend === 'cpu' ? expectSame : expectClose;
  const drawn = fc.tuple(recipe, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 8 }));
  const often = { numRuns: runs(25), seed: 3 };

  it('has the same values for any network and any chunk', () => {
    fc.assert(
      fc.property(drawn, ([each, samples, chunk]) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          for (const f of [withLogProbs(model), withDivergence(model)]) {
            const run = (options: { samples: number; chunk?: number }) =>
              vmapSamples(options)((p: typeof params, k: Key, y: tf.Tensor): unknown => f(p, k, y))(
                params,
                key,
                x,
              );
            expectEqual(run({ samples, chunk }), run({ samples }));
          }
        });
      }),
      often,
    );
  });

  it('has the same gradients, for the inputs too', () => {
    fc.assert(
      fc.property(drawn, ([each, samples, chunk]) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          const of = (options: { samples: number; chunk?: number }) =>
            tf.grads((y, ...xs) => {
              const out = vmapSamples(options)(model)(unflatten(params)(xs), key, y!);
              return tf.sum(tf.mul(out, tf.cos(out)));
            })([x, ...leaves(params)]);
          expectClose(of({ samples, chunk }), of({ samples }), 1e-4);
        });
      }),
      often,
    );
  });

  it.each([1, 2, 3, 4])('has the same loss and gradient with chunks of %i of 4', (chunk) => {
    const model = classifier();
    const params = model.init(random.key(0));
    const batch = labelled();
    type Terms = WithLogProbs<tf.Tensor> | WithDivergence<tf.Tensor>;
    const both: readonly Stochastic<typeof params, [x: tf.Tensor], Terms>[] = [
      withLogProbs(model),
      withDivergence(model),
    ];
    for (const terms of both) {
      const of = (options: { samples: number; chunk?: number }) =>
        valueAndGrad(elbo({ likelihood: categorical(), datasetSize: 50 })(vmapSamples(options)(terms)))(
          params,
          random.key(1),
          batch,
        );
      expectClose(of({ samples: 4, chunk }), of({ samples: 4 }), 1e-4);
      expectNoLeak(() => of({ samples: 4, chunk }));
    }
  });

  it('bounds memory by one group, in training too', () => {
    const model = bayesian()(
      sequential(linear(24, 24), (x: tf.Tensor) => tf.tanh(x), linear(24, 24), tf.relu, linear(24, 2)),
    );
    const params = model.init(random.key(0));
    const batch = { inputs: drawInputs(1, [32, 24]), targets: tf.zeros([32], 'int32') as tf.Tensor };
    const training = (chunk: number) => {
      const loss = elbo({ likelihood: categorical(), datasetSize: 32 })(
        vmapSamples({ samples: 16, chunk })(withLogProbs(model)),
      );
      return peakBytes(() => tf.dispose(valueAndGrad(loss)(params, random.key(1), batch) as never));
    };
    const forward = (chunk: number) =>
      peakBytes(() =>
        vmapSamples({ samples: 16, chunk })(model)(params, random.key(1), batch.inputs).dispose(),
      );
    expect(training(2)).toBeLessThan(0.3 * training(16));
    expect(forward(2)).toBeLessThan(0.3 * forward(16));
  });

  it('keeps trees, dtypes, plain values and large integers', () => {
    // tfjs's kernels on webgpu compute in float32, whatever the dtype.
    const large = canReadSync() ? [16_777_217, -2_147_483_648, 2_147_483_647] : [16_777_215, -(2 ** 31)];
    const model = bayesian()(
      layer({ dense: linear(3, 2) }, ({ dense }) => (x: tf.Tensor) => {
        const output = dense(x);
        return {
          output,
          attention: { weights: tf.softmax(output), heads: 2 },
          winner: tf.argMax(output, -1),
          large: tf.tensor1d([...large], 'int32'),
          positive: tf.greater(output, 0),
          total: tf.sum(output),
        };
      }),
    );
    const params = model.init(random.key(0));
    const x = drawInputs(1, [4, 3]);
    const run = (chunk: number) => vmapSamples({ samples: 5, chunk })(model)(params, random.key(2), x);
    const [whole, grouped] = [run(5), run(2)];
    expectEqual(grouped, whole);
    expect(grouped.attention.heads).toBe(2);
    expect(grouped.winner.dtype).toBe('int32');
    expect(grouped.positive.dtype).toBe('bool');
    expect(grouped.total.shape).toEqual([5]);
    expect(Array.from(grouped.large.dataSync()).slice(0, large.length)).toEqual(large);
    expectNoLeak(() => run(2));
  });

  it('takes integer inputs, an embedding for instance', () => {
    const model = bayesian()(
      layer(
        { table: [5, 3] },
        ({ table }) =>
          (at: tf.Tensor) =>
            tf.matMul(tf.oneHot(tf.cast(at, 'int32') as tf.Tensor1D, 5) as tf.Tensor2D, table as tf.Tensor2D),
      ),
    );
    const gathering = bayesian()(
      layer(
        { table: [5, 3] },
        ({ table }) =>
          (at: tf.Tensor) =>
            tf.gather(table, at),
      ),
    );
    const at = tf.tensor1d([0, 4, 2, 2], 'int32');
    const params = model.init(random.key(0));
    const of = (chunk: number, { apply }: typeof model) =>
      tf.grads((...xs) => {
        const out = vmapSamples({ samples: 5, chunk })(apply)(unflatten(params)(xs), random.key(1), at);
        return tf.sum(tf.square(out));
      })([...leaves(params)]);
    expectClose(of(2, model), of(5, model), 1e-4);
    if (backend === 'wasm' && !kernels) return; // tfjs has no gradient of gather on wasm
    expectClose(of(2, gathering), of(5, gathering), 1e-4);
  });

  it('composes: groups inside tf.grad inside vmapSamples inside groups', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const { inputs } = labelled();
    const of = (inner: number, outer: number) =>
      vmapSamples({ samples: 3, chunk: outer })((p: typeof params, key: Key, x: tf.Tensor) =>
        tf.grad((y: tf.Tensor) =>
          tf.sum(tf.square(vmapSamples({ samples: 4, chunk: inner })(model)(p, key, y))),
        )(x),
      )(params, random.key(1), inputs) as tf.Tensor;
    const expected = of(4, 3);
    expect(expected.shape).toEqual([3, 5, 2]);
    expectClose(of(3, 3), expected, 1e-4);
    expectClose(of(3, 2), expected, 1e-4);
  });

  it('leaks nothing when a group throws', () => {
    const [params, x] = [{ w: tf.scalar(2) }, tf.scalar(1)];
    const failing = (p: typeof params, _: Key, y: tf.Tensor): tf.Tensor => {
      tf.mul(p.w, y);
      throw new Error('in the middle');
    };
    expectNoLeak(() => {
      const run = vmapSamples({ samples: 4, chunk: 3 })(failing);
      expect(() => run(params, random.key(0), x)).toThrow('in the middle');
    });
    expect(tf.engine().runKernel).toBe(Object.getPrototypeOf(tf.engine()).runKernel);
  });
});
