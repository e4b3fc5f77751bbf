import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  flatten,
  linear,
  maxPool2d,
  type NormalParams,
  type PointMassParams,
  pointMass,
  random,
  sequential,
} from 'tfjs-bayesian';
import { describe, expectTypeOf, it } from 'vitest';

const key = random.key(0);

describe('the parameters of convolutions', () => {
  it('are found by position, with the posterior of their layer', () => {
    const net = sequential(
      conv2d(1, 2, 3, { posterior: pointMass() }),
      maxPool2d(2),
      tf.relu,
      flatten(),
      linear(2, 1),
    );
    const params = bayesian()(net).init(key);
    expectTypeOf(params['0'].weight).toEqualTypeOf<PointMassParams>();
    expectTypeOf(params['4'].bias).toEqualTypeOf<NormalParams>();
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'0' | '4'>();
  });

  it('lack the bias of a layer without one', () => {
    const params = bayesian()(conv3d(1, 2, [1, 2, 2], { bias: false })).init(key);
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'weight'>();
    const both = bayesian()(convTranspose2d(1, 2, 2, { stride: [2, 1] })).init(key);
    expectTypeOf<keyof typeof both>().toEqualTypeOf<'weight' | 'bias'>();
  });
});

describe('the options of convolutions', () => {
  it('are known by name, and sizes by their number', () => {
    // @ts-expect-error misspelt
    conv2d(1, 2, 3, { strides: 2 });
    // @ts-expect-error PyTorch's name is paddingMode
    conv2d(1, 2, 3, { padding_mode: 'zeros' });
    // @ts-expect-error no such word
    conv1d(1, 2, 3, { padding: 'full' });
    // @ts-expect-error two sizes for one axis
    conv1d(1, 2, [3, 3]);
    // @ts-expect-error two sizes for three axes
    conv3d(1, 2, 3, { stride: [1, 2] });
    // @ts-expect-error no words here
    convTranspose2d(1, 2, 3, { padding: 'same' });
  });
});
