import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type ConvolutionWeights,
  conv1d,
  conv2d,
  conv3d,
  type Layer,
  type Unary,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);

describeOnBackends('weights and inputs of convolutions', () => {
  it('have weight [...kernel, in / groups, out] and bias [out], or no bias', () => {
    tf.tidy(() => {
      const params = ordinary(conv2d(4, 6, [3, 5], { groups: 2 })).init(key);
      expect([params.weight.value.shape, params.bias.value.shape]).toEqual([[3, 5, 2, 6], [6]]);
      expect(Object.keys(ordinary(conv1d(2, 3, 3, { bias: false })).init(key))).toEqual(['weight']);
      expect(ordinary(conv3d(2, 3, [1, 2, 3])).init(key).weight.value.shape).toEqual([1, 2, 3, 2, 3]);
    });
  });

  it('refuse inputs that do not fit', () => {
    tf.tidy(() => {
      const run = (layer: Layer<ConvolutionWeights, Unary>, shape: number[]) => {
        const model = ordinary(layer);
        return () => model.apply(model.init(key), key, tf.zeros(shape));
      };
      const plain = conv2d(2, 3, 3);
      const wanted =
        'conv2d: input must be a tensor of shape [batch, height, width, 2] or [height, width, 2], got a float32 tensor of shape';
      expect(run(plain, [1, 5, 5, 3])).toThrow(`${wanted} [1, 5, 5, 3]`);
      expect(run(plain, [5, 2])).toThrow(`${wanted} [5, 2]`);
      expect(run(plain, [1, 1, 5, 5, 2])).toThrow(`${wanted} [1, 1, 5, 5, 2]`);
      expect(run(conv2d(2, 3, 3, { dilation: [1, 2], padding: 1 }), [1, 5, 2, 2])).toThrow(
        'conv2d: input must be at least as large as the dilated kernel, [3, 5], once padded to [7, 4]',
      );
      expect(run(conv2d(2, 3, 3, { padding: 2, paddingMode: 'reflect' }), [1, 5, 2, 2])).toThrow(
        'conv2d: input must be at least 3 long on axis 2, for a reflect padding of 2',
      );
      expect(run(conv2d(2, 3, 3, { padding: 2, paddingMode: 'circular' }), [1, 1, 5, 2])).toThrow(
        'conv2d: input must be at least 2 long on axis 1, for a circular padding of 2',
      );
    });
  });
});

describe('options of convolutions', () => {
  const options = (given: object) => () => conv2d(4, 6, 3, given as Record<never, never>);
  it.each<[string, () => unknown, string]>([
    ['no channels', () => conv1d(0, 1, 1), 'conv1d: inChannels must be a positive integer, got 0'],
    ['half a channel', () => conv3d(1, 0.5, 1), 'conv3d: outChannels must be a positive integer, got 0.5'],
    [
      'groups that do not divide inputs',
      options({ groups: 3 }),
      'conv2d: inChannels must be divisible by groups (3), got 4',
    ],
    [
      'groups that do not divide outputs',
      options({ groups: 4 }),
      'conv2d: outChannels must be divisible by groups (4), got 6',
    ],
    ['no groups', options({ groups: 0 }), 'conv2d: groups must be a positive integer, got 0'],
    [
      'an empty kernel',
      () => conv2d(1, 1, [0, 2]),
      'conv2d: kernelSize must be an integer of at least 1, or 2 of them, got [0, 2]',
    ],
    [
      'too many sizes',
      () => conv1d(1, 1, [2, 2] as never),
      'conv1d: kernelSize must be an integer of at least 1, got [2, 2]',
    ],
    [
      'no stride',
      options({ stride: 0 }),
      'conv2d: stride must be an integer of at least 1, or 2 of them, got 0',
    ],
    [
      'negative padding',
      options({ padding: -1 }),
      'conv2d: padding must be an integer of at least 0, or 2 of them, got -1',
    ],
    [
      'same with a stride',
      options({ padding: 'same', stride: 2 }),
      "conv2d: padding must be given in numbers where the stride is not 1, as PyTorch's 'same' is not defined there, got 'same'",
    ],
    [
      'another word',
      options({ padding: 'full' }),
      "conv2d: padding must be numbers, 'same' or 'valid', got 'full'",
    ],
    [
      'another mode',
      options({ paddingMode: 'mirror' }),
      "conv2d: paddingMode must be 'zeros', 'reflect', 'replicate' or 'circular', got 'mirror'",
    ],
  ])('refuse %s', (_, f, message) => {
    expect(f).toThrow(message);
  });
});
