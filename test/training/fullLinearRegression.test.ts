import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  adam,
  fullNormal,
  lowRankNormal,
  normal,
  type Posterior,
  random,
  schedule,
  trainStep,
  tree,
  vmapSamples,
} from '../../src/index.ts';
import { denseFull, denseLowRank } from '../distributions/support/correlated.ts';
import { inverse, product, toMatrix, transpose } from '../ops/support/matrices.ts';
import { describeOnBackends, fastest } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';

// y = x w + noise with known noise and the prior N(0, 1) has a normal posterior with the covariance
// (X'X / noise^2 + 1)^-1. The inputs are correlated, and so are the weights.

const [rows, noise, samples] = [12, 0.6, 4];
const design = Array.from({ length: rows }, (_, at) => {
  const [a, b] = [Math.sin(1.7 * at), Math.cos(2.3 * at + 1)];
  return [a, 0.8 * a + 0.5 * b, b - 0.3];
});
const responses = design.map(([a, b, c], at) => [0.8 * a! - 0.5 * b! + 0.3 * c! + 0.4 * Math.sin(5 * at)]);

const squares = product(transpose(design), design);
const covariance = inverse(toMatrix(3, 3, (i, j) => squares[i]![j]! / noise ** 2 + (i === j ? 1 : 0)));
const means = product(covariance, product(transpose(design), responses)).map(([x]) => x! / noise ** 2);

/** The same values without a gradient. */
const stopped = (x: tf.Tensor): tf.Tensor =>
  tf.customGrad((...given) => ({
    value: tf.clone(given[0] as tf.Tensor),
    gradFunc: () => tf.zerosLike(x),
  }))(x);

interface Params {
  readonly [name: string]: tf.Tensor;
}

/**
 * log q - log p of samples, without the gradient of the density's parameters, whose mean is 0: at the exact posterior
 * the ratio is constant, and the gradient 0 for every sample (Roeder et al. 2017).
 */
const makeLoss = (q: Posterior) => {
  const p = normal().prior;
  const one = (params: Params, key: random.Key, x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
    const weight = q.sample(params, key);
    const fixed = tree.map((x) => stopped(x))(params);
    const errors = tf.div(tf.sub(tf.matMul(x, weight), y), noise);
    const logRatio = tf.sub(tf.sum(q.logProb(fixed, weight)), tf.sum(p.logProb(weight, undefined)));
    return tf.add(logRatio, tf.mul(0.5, tf.sum(tf.square(errors))));
  };
  const all = vmapSamples({ samples })(one);
  return (params: Params, key: random.Key, { x, y }: { readonly x: tf.Tensor; readonly y: tf.Tensor }) => ({
    loss: tf.mean(all(params, key, x, y)),
  });
};

/** A GPU made of software takes long for a step: there only the first family is trained. */
const steps = fastest === 'webgpu' ? 200 : 500;

describeOnBackends('linear regression with correlated inputs', () => {
  it.each(
    (
      [
        ['fullNormal', fullNormal() as Posterior, denseFull as never],
        ['lowRankNormal of rank 2', lowRankNormal({ rank: 2 }) as Posterior, denseLowRank as never],
      ] as const
    ).slice(0, fastest === 'webgpu' ? 1 : 2),
  )(
    '%s fits the exact posterior, mean and covariance',
    (_, q, dense: (params: unknown) => ReturnType<typeof denseFull>) => {
      const data = { x: tf.tensor2d(design), y: tf.tensor2d(responses) };
      const rate = schedule.cosine({ from: 0.1, steps });
      const step = trainStep(makeLoss(q), adam({ learningRate: rate }));
      let state = step.init(q.init(tf.fill([3, 1], 0.1), null, random.key(0)) as Params, random.key(1));
      for (let k = 0; k < steps; k++) {
        const { state: next, parts } = step.update(state, data, { donate: true });
        tf.dispose(parts.loss);
        state = next;
      }
      const { mean, covariance: own } = dense(state.params);
      const tolerance = fastest === 'webgpu' ? 1e-2 : 1e-3;
      expectNumbers(mean, means, tolerance);
      expectNumbers(own.flat(), covariance.flat(), tolerance);
      expect(
        Math.abs(covariance[0]![1]!) / Math.sqrt(covariance[0]![0]! * covariance[1]![1]!),
      ).toBeGreaterThan(0.5);
      tf.dispose([data.x, data.y]);
    },
  );
});
