import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  adam,
  ard,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  localReparametrization,
  pipe,
  random,
  schedule,
  trainStep,
  tree,
  withDivergence,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

describeOnBackends('ard', () => {
  it('trains a linear regression to the fixed point of its posterior and its scales', async () => {
    const [rows, size, noise] = [100, 4, 0.3];
    const inputs = random.normal(random.key(0), [rows, size]);
    const told = tf.matMul(inputs, tf.tensor2d([[1], [-0.3], [0], [0]]));
    const targets = tf.add(told, tf.mul(noise, random.normal(random.key(1), [rows, 1])));
    const model = bayesian({ prior: ard() })(linear(size, 1));
    const terms = pipe(model, localReparametrization, withDivergence);
    const loss = elbo({ likelihood: gaussian({ std: noise }), datasetSize: rows })(terms);
    const learningRate = schedule.cosine({ from: 0.05, steps: 400 });
    const { params } = await fit(trainStep(loss, adam({ learningRate, beta2: 0.98 })), {
      init: model.init,
      key: random.key(2),
      epochs: 400,
      batches: batches({ inputs, targets }, { size: rows }),
      progress: false,
      warnings: false,
    });

    // Coordinate ascent of the same ELBO in doubles; the last column is the bias.
    const x = (inputs.arraySync() as number[][]).map((row) => [...row, 1]);
    const y = values(targets);
    const mean = new Array<number>(size + 1).fill(0);
    const variance = new Array<number>(size + 1).fill(1);
    for (let round = 0; round < 5000; round++) {
      for (const at of mean.keys()) {
        const precision = x.reduce((sum, row) => sum + row[at]! ** 2, 0) / noise ** 2;
        const rest = x.map(
          (row, i) => y[i]! - row.reduce((sum, each, k) => sum + (k === at ? 0 : each * mean[k]!), 0),
        );
        const pull = x.reduce((sum, row, i) => sum + row[at]! * rest[i]!, 0) / noise ** 2;
        variance[at] = 1 / (precision + 1 / Math.max(1e-6, mean[at]! ** 2 + variance[at]!));
        mean[at] = variance[at] * pull;
      }
    }
    const found = [...values(params.weight.mean), ...values(params.bias.mean)];
    const spread = [...values(params.weight.logStd), ...values(params.bias.logStd)].map(Math.exp);
    for (const [at, each] of found.entries()) expect(Math.abs(each - mean[at]!)).toBeLessThan(0.004);
    // The divergence of an irrelevant weight hardly depends on its spread, which moves slowly.
    for (const at of [0, 1]) expect(Math.abs(spread[at]! / Math.sqrt(variance[at]!) - 1)).toBeLessThan(0.1);
    tree.dispose([inputs, told, targets]);
  });
});
