import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  batches,
  bayesian,
  elbo,
  fit,
  type GradientTransformation,
  gaussian,
  linear,
  localReparametrization,
  random,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

// Linear regression y = x w + noise with a known noise and the prior N(0, 1) has a normal posterior with
// precision P = X'X / noise^2 + 1 and mean P^-1 X'y / noise^2. Of all normals without correlations the one
// closest to it in KL(q || p) has the same means and the variances 1 / diag(P) (Bishop 2006, section 10.1.2).

const [rows, noise, samples] = [12, 0.6, 10];
const design = Array.from({ length: rows }, (_, at) => {
  const [a, b] = [Math.sin(1.7 * at), Math.cos(2.3 * at + 1)];
  return [a, 0.8 * a + 0.5 * b, b - 0.3];
});
const responses = design.map(([a, b, c], at) => 0.8 * a! - 0.5 * b! + 0.3 * c! + 0.4 * Math.sin(5 * at));

const precision = [0, 1, 2].map((i) =>
  [0, 1, 2].map((j) => design.reduce((sum, x) => sum + x[i]! * x[j]!, 0) / noise ** 2 + (i === j ? 1 : 0)),
);
const evidence = [0, 1, 2].map(
  (i) => design.reduce((sum, x, at) => sum + x[i]! * responses[at]!, 0) / noise ** 2,
);

/** The solution of A x = b by elimination. */
const solve = (matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] => {
  const [head, ...others] = matrix;
  const [first, ...rest] = right;
  if (head === undefined || first === undefined) return [];
  const reduced = others.map((row) => row.slice(1).map((x, at) => x - (row[0]! / head[0]!) * head[at + 1]!));
  const tail = solve(
    reduced,
    rest.map((x, at) => x - (others[at]![0]! / head[0]!) * first),
  );
  return [(first - tail.reduce((sum, x, at) => sum + head[at + 1]! * x, 0)) / head[0]!, ...tail];
};

const exactMeans = solve(precision, evidence);
const exactStds = precision.map((row, at) => 1 / Math.sqrt(row[at]!));

const [steps, first, halving] = [600, 0.06, 60];
const rateAt = (step: number): number => first / (1 + step / halving);

/** Gradient descent whose steps shrink like 1 / step, as Robbins and Monro (1951) ask of them. */
const descent: GradientTransformation<{ readonly step: number }> = {
  init: () => ({ step: 0 }),
  update: (gradient, { step }) => ({
    updates: tree.map((x) => tf.mul(-rateAt(step), x))(gradient) as typeof gradient,
    state: { step: step + 1 },
  }),
};

const model = bayesian()(linear(3, 1, { bias: false }));
const likelihood = gaussian({ std: noise });
const losses = {
  sampled: elbo({ likelihood, datasetSize: rows })(vmapSamples({ samples })(withLogProbs(model))),
  'closed-form': elbo({ likelihood, datasetSize: rows })(vmapSamples({ samples })(withDivergence(model))),
  'locally reparametrized': elbo({ likelihood, datasetSize: rows })(
    vmapSamples({ samples })(withDivergence(localReparametrization(model))),
  ),
};

describeOnBackends('Bayesian linear regression', () => {
  it('has correlated weights, so that the mean-field variances are not the exact ones', () => {
    const exact = [0, 1, 2].map(
      (i) =>
        solve(
          precision,
          [0, 1, 2].map((j) => (i === j ? 1 : 0)),
        )[i]!,
    );
    expect(exact[0]! / exactStds[0]! ** 2).toBeGreaterThan(1.5);
  });

  it.each(Object.entries(losses))('finds its mean-field optimum by %s training', async (_, loss) => {
    const data = batches(
      {
        inputs: tf.tensor2d(design) as tf.Tensor,
        targets: tf.tensor2d(responses.map((y) => [y])) as tf.Tensor,
      },
      { size: rows },
    );
    const half = steps / 2;
    let total: tf.Tensor = tf.zeros([6]);
    await fit(trainStep(loss, descent), {
      init: model.init,
      key: random.key(5),
      epochs: steps,
      batches: data,
      progress: false,
      onStep: ({ step, state: { params } }) => {
        if (step <= half) return;
        const { mean, logStd } = params.weight;
        const next = tf.tidy(() => tf.add(total, tf.reshape(tf.concat([mean, logStd]), [6])));
        total.dispose();
        total = next;
      },
    });
    const average = values(total).map((sum) => sum / half);
    [0, 1, 2].forEach((i) => {
      // The average of n iterates has the variance V / (n H^2), H the curvature and V the variance of the
      // gradient at the optimum (Polyak & Juditsky 1992). For a draw w = mean + std * eps the gradient is
      // P (w - mean) for the means, so that H^-1 V H^-1 is the posterior's own variance; for the log standard
      // deviations it is std * eps * (P (w - mean)) - 1, with H = 2. The other estimators vary less.
      const n = half * samples;
      const scaled = precision[i]!.map((p, j) => p * exactStds[i]! * exactStds[j]!);
      const ofLogStd = scaled.reduce((sum, x) => sum + x * x, 0) + scaled[i]! ** 2;
      expect(Math.abs(average[i]! - exactMeans[i]!)).toBeLessThan((4 * exactStds[i]!) / Math.sqrt(n));
      expect(Math.abs(average[3 + i]! - Math.log(exactStds[i]!))).toBeLessThan(
        4 * Math.sqrt(ofLogStd / (4 * n)),
      );
    });
  });
});
