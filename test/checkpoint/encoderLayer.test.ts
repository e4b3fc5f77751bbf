import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  checkpoint,
  posteriorMean,
  random,
  transformerEncoderLayer,
  tree,
  vmapSamples,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { fastest, many, start } from '../support/backends.ts';
import { dataFile, dataJson } from './support/dataFile.ts';
import { right } from './support/files.ts';
import {
  expectClose,
  expectSameMeans,
  expectSameSpreads,
  type Recorded,
  readNumbers,
  recordedTensor,
  splitColumns,
} from './support/torchBlue.ts';

const file = await dataFile('encoder-layer.safetensors');
const model = bayesian()(transformerEncoderLayer(16, 4, { dimFeedforward: 32 }));
const golden = (await dataJson('encoder-layer.json')) as {
  readonly samples: number;
  readonly inputs: Recorded;
  readonly mean_network_output: Recorded;
  readonly output_mean: Recorded;
  readonly output_std: Recorded;
};

describe("torch_blue's encoder layer", () => {
  beforeAll(() => start(fastest));

  const loaded = () => right(checkpoint.fromTorchBlue(model)(file));

  test('has the same mean network', () => {
    const output = posteriorMean(model).apply(loaded(), random.key(0), recordedTensor(golden.inputs));
    expectClose(output, golden.mean_network_output, 1e-5);
  });

  test('has the same means and standard deviations over many samples', () => {
    const theirs = golden.samples;
    const samples = many(theirs);
    const size = 200;
    const params = loaded();
    const x = recordedTensor(golden.inputs);
    const draw = vmapSamples({ samples: size })(model);
    const parts = Array.from({ length: samples / size }, (_, index) =>
      tree.tidied(() => tf.reshape(draw(params, random.key(index + 1), x), [size, -1])),
    );
    const outputs = splitColumns(tf.concat(parts, 0));
    const [mean, std] = [readNumbers(golden.output_mean), readNumbers(golden.output_std)];
    expectSameMeans(outputs, mean, std, samples, theirs);
    expectSameSpreads(outputs, std, samples, theirs);
  });

  test('goes back byte for byte', async () => {
    const back = right(await checkpoint.toTorchBlue(model)(loaded())());
    const [ours, theirs] = [right(readHeader(back)), right(readHeader(file))];
    expect(ours.tensors).toEqual(theirs.tensors);
    expect(back.subarray(ours.start)).toEqual(file.subarray(theirs.start));
  });
});
