import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  affine,
  batchNorm,
  bayesian,
  checkpoint,
  deterministic,
  layer,
  linear,
  normal,
  pointMass,
  posterior,
  posteriorMean,
  random,
  sequential,
  tree,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { readBits } from './support/bits.ts';
import { dataFile } from './support/dataFile.ts';
import { left, right } from './support/files.ts';
import { stateDict } from './support/stateDict.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const key = random.key(0);

describe('a state dictionary of torch.nn', () => {
  const weight = () =>
    tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  const bytes = () => stateDict({ '0.weight': weight(), '0.bias': tf.tensor1d([7, 8]) });

  test('loads as ordinary weights', async () => {
    const model = bayesian({ posterior: pointMass() })(sequential(linear(3, 2)));
    const params = right(checkpoint.fromTorchBlue(model)(bytes()));
    expect(params[0].weight.value.arraySync()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    const y = posteriorMean(model).apply(params, key, tf.tensor2d([[1, 10, 100]]));
    expect(y.arraySync()).toEqual([[321 + 7, 654 + 8]]);
    const back = right(await checkpoint.toTorchBlue(model)(params)());
    expect(back).toEqual(bytes());
  });

  test('becomes the means of posteriors with a chosen std', () => {
    const model = bayesian()(sequential(linear(3, 2)));
    const file = bytes();
    const before = tf.memory().numTensors;
    const params = right(checkpoint.fromTorchBlue(model, { std: 0.25 })(file));
    expect(tf.memory().numTensors - before).toBe(4);
    expect(params[0].weight.mean.arraySync()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(params[0].bias.mean.arraySync()).toEqual([7, 8]);
    for (const { path, tensor } of tree.entries(params)) {
      if (path.at(-1) === 'logStd')
        for (const x of tensor.dataSync()) expect(x).toBeCloseTo(Math.log(0.25), 6);
    }
  });

  test('throws for a posterior without std, and suggests the option', () => {
    const error = left(checkpoint.fromTorchBlue(bayesian()(sequential(linear(3, 2))))(bytes()));
    expect(error.message).toContain(
      "'0.weight.mean': the file has no tensor '0._weight_mean', but the ordinary weight '0.weight': the option std",
    );
  });

  test('may have tensors that the model does not use, if they are ignored explicitly', () => {
    const own = deterministic([2]);
    const batchNorm = layer(
      { weight: own, bias: own, runningMean: own, runningVar: own },
      ({ weight: w, bias, runningMean, runningVar }) =>
        (x: tf.Tensor) =>
          tf.add(tf.mul(tf.div(tf.sub(x, runningMean), tf.sqrt(tf.add(runningVar, 1e-5))), w), bias),
    );
    const model = bayesian()(sequential(batchNorm));
    const [w, bias, mean, variance] = [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ].map((values) => tf.tensor1d(values)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const file = stateDict({
      ...{ '0.weight': w, '0.bias': bias, '0.running_mean': mean, '0.running_var': variance },
      '0.num_batches_tracked': tf.scalar(9),
    });
    const error = left(checkpoint.fromTorchBlue(model)(file));
    expect(error).toMatchObject({ mismatches: [{ kind: 'unexpected', path: '0.num_batches_tracked' }] });
    const ignore = (theirs: string) => theirs.endsWith('.num_batches_tracked');
    const params = right(checkpoint.fromTorchBlue(model, { ignore })(file));
    const x = tf.tensor2d([[10, 20]]);
    const expected = tf.batchNorm(
      x as tf.Tensor2D,
      mean as never,
      variance as never,
      bias as never,
      w as never,
      1e-5,
    );
    const off = tf.max(tf.abs(tf.sub(model.apply(params, key, x), expected))).dataSync()[0];
    expect(off).toBeLessThan(1e-5);
    // What is ignored is not there, whatever the model wants.
    expect(left(checkpoint.fromTorchBlue(model, { ignore: () => true })(file))).toMatchObject({
      mismatches: [{ kind: 'missing' }, { kind: 'missing' }, { kind: 'missing' }, { kind: 'missing' }],
    });
  });

  test('has the running moments of batch norms as buffers', async () => {
    const model = bayesian()(sequential(batchNorm(2)));
    const named = (name: string, values: readonly number[]) => ({ [`0.${name}`]: tf.tensor1d([...values]) });
    const tensors = {
      ...named('weight', [1, 2]),
      ...named('bias', [3, 4]),
      ...named('running_mean', [5, 6]),
      ...named('running_var', [7, 8]),
    };
    const file = stateDict({ ...tensors, '0.num_batches_tracked': tf.scalar(9) });
    const params = right(checkpoint.fromTorchBlue(model, { std: 0.1 })(file));
    expect(tree.map((x) => Array.from(x.dataSync()))(params)).toEqual({
      0: { weight: { value: [1, 2] }, bias: { value: [3, 4] }, runningMean: [5, 6], runningVar: [7, 8] },
    });
    const y = model.apply(params, key, tf.tensor2d([[10, 20]])).dataSync();
    expect(y[0]).toBeCloseTo((1 * (10 - 5)) / Math.sqrt(7) + 3, 4);
    expect(y[1]).toBeCloseTo((2 * (20 - 6)) / Math.sqrt(8) + 4, 4);
    expect(right(await checkpoint.toTorchBlue(model)(params)())).toEqual(stateDict(tensors));
    const { '0.running_var': _, ...less } = tensors;
    expect(left(checkpoint.fromTorchBlue(model)(stateDict(less)))).toMatchObject({
      mismatches: [{ kind: 'missing', path: '0.runningVar' }],
    });
  });

  test('cannot become a posterior without moments', () => {
    const odd = posterior({
      name: 'odd',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }) => mean,
      logProb: ({ mean }) => mean,
    });
    const model = bayesian({ posterior: odd })(sequential(linear(3, 2)));
    expect(() => checkpoint.fromTorchBlue(model, { std: 1 })(bytes())).toThrow(/fromMoments/);
  });
});

describe('torch_blue', () => {
  test('stores an ordinary weight of its own layers as a mean', () => {
    const model = bayesian()(deterministic(linear(1, 2)));
    const bytes = stateDict({ _weight_mean: tf.tensor2d([[1], [2]]), _bias_mean: tf.tensor1d([3, 4]) });
    const params = right(checkpoint.fromTorchBlue(model)(bytes));
    expect([params.weight.value.arraySync(), params.bias.value.arraySync()]).toEqual([[[1, 2]], [3, 4]]);
  });

  test('has filters of any rank with outputs first, groups or not', async () => {
    const filter = affine({ weight: [2, 3, 4, 6] }, () => (x: tf.Tensor) => x, { featureRank: 3 });
    const model = bayesian()(filter);
    const params = model.init(key);
    const bytes = right(await checkpoint.toTorchBlue(model)(params)());
    expect(right(readHeader(bytes)).tensors[0]?.shape).toEqual([6, 4, 2, 3]);
    expect(readBits(right(checkpoint.fromTorchBlue(model)(bytes)))).toEqual(readBits(params));
  });

  test('may store half precision', async () => {
    const model = bayesian({ posterior: normal({ std: 0.5 }) })(linear(3, 2));
    const params = model.init(key);
    const bytes = right(await checkpoint.toTorchBlue(model, { dtype: 'F16' })(params)());
    const back = right(checkpoint.fromTorchBlue(model)(bytes));
    expect(right(await checkpoint.toTorchBlue(model, { dtype: 'F16' })(back)())).toEqual(bytes);
  });

  test('reports all differences together, by our path', async () => {
    const model = bayesian()(sequential(linear(784, 32), tf.relu, linear(64, 10), tf.relu, linear(2, 2)));
    const error = left(
      checkpoint.fromTorchBlue(model, { prefix: 'stack' })(await dataFile('mlp.safetensors')),
    );
    expect(error.message.split('\n').map((line) => line.split(':')[0])).toEqual([
      "'0.weight.mean'",
      "'0.weight.logStd'",
      "'0.bias.mean'",
      "'0.bias.logStd'",
      "'4.weight.mean'",
      "'4.weight.logStd'",
      "'4.bias.mean'",
      "'4.bias.logStd'",
    ]);
    expect(error.message).toContain("'0.weight.mean': shape [64, 784] in the file, [32, 784] expected");
  });

  test('files with integers, doubles or numbers that are not finite are refused by name', () => {
    const model = bayesian()(linear(1, 1, { bias: false }));
    const bad = stateDict({ _weight_mean: tf.ones([1, 1]), _weight_log_std: tf.tensor2d([[Number.NaN]]) });
    expect(left(checkpoint.fromTorchBlue(model)(bad)).message).toBe(
      "'weight.logStd': value 0 is NaN, but every value must be finite",
    );
    const integers = stateDict({ _weight_mean: tf.ones([1, 1]), _weight_log_std: tf.ones([1, 1]) }, 'I32');
    expect(left(checkpoint.fromTorchBlue(model)(integers)).message).toContain(
      'dtype I32 in the file, F32, F16, BF16 expected',
    );
  });

  test('an invalid argument throws at once', () => {
    const model = bayesian()(linear(1, 1));
    expect(() => checkpoint.fromTorchBlue(linear(1, 1) as never)).toThrow(/fromTorchBlue: model/);
    expect(() => checkpoint.toTorchBlue(linear(1, 1) as never)).toThrow(/toTorchBlue: model/);
    expect(() => checkpoint.fromTorchBlue(model, { std: 0 })).toThrow(/fromTorchBlue: std/);
    expect(() => checkpoint.fromTorchBlue(model, { prefix: 1 as never })).toThrow(/fromTorchBlue: prefix/);
    expect(() => checkpoint.fromTorchBlue(model, { module: 'x' as never })).toThrow(/fromTorchBlue: module/);
    expect(() => checkpoint.fromTorchBlue(model, { ignore: /x/ as never })).toThrow(/fromTorchBlue: ignore/);
    expect(() => checkpoint.toTorchBlue(model)({} as never)).toThrow(/'params.weight.mean' must be a tensor/);
  });
});
