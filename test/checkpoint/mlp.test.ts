import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  checkpoint,
  linear,
  normal,
  posteriorMean,
  random,
  sequential,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDigits } from '../../examples/mnist/data.ts';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { backends, fastest, many, start } from '../support/backends.ts';
import { dataFile, dataJson } from './support/dataFile.ts';
import { right } from './support/files.ts';
import {
  expectClose,
  expectSameMeans,
  expectSameSpreads,
  type Recorded,
  readNumbers,
  splitColumns,
} from './support/torchBlue.ts';

const file = await dataFile('mlp.safetensors');
// torch_blue omits the constants of log densities unless configured otherwise.
const unnormalized = normal({ normalized: false });
const model = bayesian({ prior: unnormalized, posterior: unnormalized })(
  sequential(linear(784, 64), tf.relu, linear(64, 10)),
);
const options = { prefix: 'stack' };

interface Golden {
  readonly samples: number;
  readonly mean_network_logits: Recorded;
  readonly predictive_probabilities: Recorded;
  readonly predictive_probability_std: Recorded;
  readonly logit_mean: Recorded;
  readonly logit_std: Recorded;
  readonly log_probs_mean: { readonly prior: number; readonly variational: number };
  readonly log_probs_std: { readonly prior: number; readonly variational: number };
}
const golden = (await dataJson('mlp.json')) as Golden;

describe('a network that torch_blue trained on MNIST', () => {
  beforeAll(() => start(fastest));

  const loaded = () => right(checkpoint.fromTorchBlue(model, options)(file));
  const images = () => loadDigits('t10k', 12).images;

  test('has the same mean network', () => {
    const logits = posteriorMean(model).apply(loaded(), random.key(0), images());
    expectClose(logits, golden.mean_network_logits, 1e-5);
  });

  test('predicts the same means and standard deviations over many samples, with the same log probabilities', () => {
    const theirs = golden.samples;
    const samples = many(theirs);
    const params = loaded();
    const x = images();
    const key = random.key(1);
    const size = 100;
    const draw = vmapSamples({ samples: size })(withLogProbs(model));
    const parts = Array.from({ length: samples / size }, (_, index) =>
      tree.tidied(() => draw(params, random.foldIn(key, index), x)),
    );
    const together = (part: (each: (typeof parts)[number]) => tf.Tensor): tf.Tensor =>
      tf.concat(parts.map(part), 0);
    const logits = splitColumns(together(({ output }) => tf.reshape(output, [size, -1])));
    const probabilities = splitColumns(together(({ output }) => tf.reshape(tf.softmax(output), [size, -1])));
    expectSameMeans(logits, readNumbers(golden.logit_mean), readNumbers(golden.logit_std), samples, theirs);
    expectSameSpreads(logits, readNumbers(golden.logit_std), samples, theirs);
    expectSameMeans(
      probabilities,
      readNumbers(golden.predictive_probabilities),
      readNumbers(golden.predictive_probability_std),
      samples,
      theirs,
    );
    expectSameSpreads(probabilities, readNumbers(golden.predictive_probability_std), samples, theirs, 0.1);
    const { prior, variational } = golden.log_probs_std;
    const sums = splitColumns(together(({ logProbs }) => tf.stack([logProbs.prior, logProbs.posterior], 1)));
    const means = [golden.log_probs_mean.prior, golden.log_probs_mean.variational];
    expectSameMeans(sums, means, [prior, variational], samples, theirs);
    expectSameSpreads(sums, [prior, variational], samples, theirs);
  });

  test('goes back byte for byte, on every backend', async () => {
    for (const backend of backends) {
      await start(backend);
      const before = tf.memory().numTensors;
      const params = loaded();
      expect(tf.memory().numTensors).toBe(before + 8);
      const back = right(await checkpoint.toTorchBlue(model, options)(params)());
      tree.dispose(params);
      expect(tf.memory().numTensors).toBe(before);
      const [ours, theirs] = [right(readHeader(back)), right(readHeader(file))];
      expect(ours.tensors).toEqual(theirs.tensors);
      expect(ours.metadata).toEqual(theirs.metadata);
      expect(back.subarray(ours.start)).toEqual(file.subarray(theirs.start));
    }
  });
});
