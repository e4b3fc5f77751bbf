import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  checkpoint,
  deterministic,
  layer,
  linear,
  random,
  residual,
  sequential,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { readBits } from './support/bits.ts';
import { left, right } from './support/files.ts';
import { stateDict } from './support/stateDict.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const key = random.key(0);
const listNames = (bytes: Uint8Array): readonly string[] =>
  right(readHeader(bytes)).tensors.map(({ name }) => name);

describe('names', () => {
  const named = async (
    net: Parameters<ReturnType<typeof bayesian>>[0],
    names: checkpoint.TorchNames = {},
  ) => {
    const model = bayesian()(net);
    return listNames(right(await checkpoint.toTorchBlue(model, names)(model.init(key))()));
  };

  test('are those of torch_blue for posteriors and of torch.nn for ordinary weights', async () => {
    expect(await named(linear(2, 1))).toEqual([
      '_weight_mean',
      '_weight_log_std',
      '_bias_mean',
      '_bias_log_std',
    ]);
    expect(await named(sequential(linear(2, 2), tf.relu, deterministic(linear(2, 1))))).toEqual([
      '0._weight_mean',
      '0._weight_log_std',
      '0._bias_mean',
      '0._bias_log_std',
      '2.weight',
      '2.bias',
    ]);
  });

  test('are in snake case', async () => {
    const net = layer(
      { firstLayer: linear(2, 1, { bias: false }), ownScale: [1] },
      (p) => (x: tf.Tensor) => tf.mul(p.firstLayer(x), p.ownScale),
    );
    expect(await named(net)).toEqual([
      '_own_scale_mean',
      '_own_scale_log_std',
      'first_layer._weight_mean',
      'first_layer._weight_log_std',
    ]);
  });

  test('of a residual connection are those of a sequence', async () => {
    const one = deterministic(linear(2, 2, { bias: false }));
    expect(await named(sequential(residual(sequential(one, tf.relu, one)), residual(one)))).toEqual([
      '0.0.weight',
      '0.2.weight',
      '1.0.weight',
    ]);
  });

  test('take a prefix, with or without its dot, and a function of the module', async () => {
    const net = sequential({
      hidden: deterministic(linear(2, 2, { bias: false })),
      out: deterministic(linear(2, 1, { bias: false })),
    });
    const module = (ours: string) => ours.replace('hidden', 'fc.0');
    for (const prefix of ['net', 'net.']) {
      expect(await named(net, { prefix, module })).toEqual(['net.fc.0.weight', 'net.out.weight']);
    }
    const model = bayesian()(net);
    const params = model.init(key);
    const bytes = right(await checkpoint.toTorchBlue(model, { prefix: 'net', module })(params)());
    const back = right(checkpoint.fromTorchBlue(model, { prefix: 'net', module })(bytes));
    expect(readBits(back)).toEqual(readBits(params));
  });

  test('shared by two variables are rejected', () => {
    const model = bayesian()(sequential(linear(1, 1), linear(1, 1)));
    const load = () => checkpoint.fromTorchBlue(model, { module: () => 'x' });
    expect(load).toThrow(/'0.weight' and '1.weight' both become, got 'x.weight'/);
  });

  test('outside of the prefix are ignored', () => {
    const model = bayesian()(deterministic(linear(1, 1, { bias: false })));
    const bytes = stateDict({ 'head.weight': tf.tensor2d([[3]]), 'headless.weight': tf.ones([1]) });
    expect(right(checkpoint.fromTorchBlue(model, { prefix: 'head' })(bytes)).weight.value.dataSync()[0]).toBe(
      3,
    );
    const error = left(checkpoint.fromTorchBlue(model)(bytes));
    expect(error.message.split('\n')).toHaveLength(3);
  });
});
