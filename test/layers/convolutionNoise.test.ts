import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { conv1d, conv2d, convTranspose2d, type Layer, type Unary } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, localReparametrization, vmapSamples } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectMean, sampleVariance, values } from '../support/numbers.ts';

const SAMPLES = 1500;

const table: readonly (readonly [string, Layer<unknown, Unary>, readonly number[]])[] = [
  ['conv1d', conv1d(2, 2, 3, { padding: 1, paddingMode: 'replicate' }), [1, 4, 2]],
  ['conv2d in groups', conv2d(2, 4, 2, { groups: 2 }), [2, 3, 2, 2]],
  ['convTranspose2d', convTranspose2d(2, 1, 2, { stride: 2 }), [1, 2, 1, 2]],
];

describeOnBackends('noise on the outputs of convolutions', () => {
  it.each(table)('has the mean and the variance of sampled weights: %s', (_, layer, shape) => {
    tf.tidy(() => {
      const model = bayesian()(layer);
      const params = model.init(random.key(1));
      const x = tf.randomUniform([...shape], -1, 1, 'float32', 1);
      const outputs = (noisy: boolean, seed: number): readonly (readonly number[])[] => {
        const f = vmapSamples({ samples: SAMPLES })(noisy ? localReparametrization(model) : model);
        const y = f(params, random.key(seed), x as never) as tf.Tensor;
        return tf.unstack(tf.transpose(tf.reshape(y, [SAMPLES, -1]))).map(values);
      };
      const drawn = outputs(false, 2);
      outputs(true, 3).forEach((noisy, place) => {
        expectMean(
          noisy.map((value, s) => value - drawn[place]![s]!),
          0,
        );
        // A normal's variance is estimated to within its sqrt(2 / n) times itself.
        const expected = sampleVariance(drawn[place]!);
        expect(Math.abs(sampleVariance(noisy) - expected)).toBeLessThan(
          4 * 2 * Math.sqrt(1 / SAMPLES) * expected,
        );
      });
    });
  });
});
