import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  type OptionNames,
  optionalOptions,
  positiveInteger,
  positiveNumber,
} from '../check/index.ts';
import type { NoisyOutput, PointMassParams } from '../distributions/index.ts';
import { isTensor } from '../tree/index.ts';
import { ordinary } from './core/deterministic.ts';
import { layer } from './core/layer.ts';
import type { Layer, Only, Slot, VariableOptions, WithNamed } from './core/part.ts';
import { named } from './core/variable.ts';

/** The weight of `learnedNoise`: the log standard deviation of each output, an ordinary weight. */
export interface NoiseWeights {
  readonly logStd: Slot<PointMassParams>;
}

/** Options of `learnedNoise`. */
export interface LearnedNoiseOptions {
  /** The initial standard deviation of the noise, in units of the target; default 1. */
  readonly std?: number;
  /** Options of the log standard deviation; with a posterior it is no longer an ordinary weight. */
  readonly logStd?: VariableOptions;
}

const optionNames: OptionNames<LearnedNoiseOptions> = { std: true, logStd: true };

/**
 * The last piece of a regression network with learned noise: turns outputs `[..., outputs]` into `{ mean, logStd }`,
 * with the same noise for all inputs. For use with `gaussian()`.
 *
 * @throws Error if `outputs` is not a positive integer or `std`, the initial noise, not above 0; when
 * called, if the input's last axis is not `outputs`
 * @example
 * const noise = learnedNoise(1, { std: 0.5 });
 * const net = sequential(linear(1, 32), tf.tanh, linear(32, 1), noise);
 */
export const learnedNoise = <const O extends LearnedNoiseOptions = Record<never, never>>(
  outputs: number,
  options?: Only<O, LearnedNoiseOptions>,
): Layer<WithNamed<NoiseWeights, O>, (mean: tf.Tensor) => NoisyOutput> => {
  const { std = 1, logStd: own } = optionalOptions<LearnedNoiseOptions>('learnedNoise', options, optionNames);
  return layer(
    {
      logStd: named('learnedNoise', 'logStd', [positiveInteger('learnedNoise: outputs', outputs)], own, {
        ...ordinary,
        initialMean: Math.log(positiveNumber('learnedNoise: std', std)),
      }),
    },
    ({ logStd }) =>
      (mean: tf.Tensor): NoisyOutput =>
        isTensor(mean) && mean.shape.at(-1) === outputs
          ? { mean, logStd: tf.add(tf.zerosLike(mean), logStd) }
          : invalidArgument('learnedNoise: input', `a tensor with ${outputs} outputs on its last axis`, mean),
  ) as Layer<never, (mean: tf.Tensor) => NoisyOutput>;
};

/**
 * The last piece of a regression network that predicts the noise of each target with its mean: the first half of the
 * last axis is the mean, the second the log standard deviation, `[..., 2 outputs]` to `{ mean, logStd }`. For use with
 * `gaussian()`; `learnedNoise` has the same noise for all inputs.
 *
 * @throws Error if the input's last axis cannot be halved
 * @example
 * const net = sequential(linear(1, 32), tf.tanh, linear(32, 2), predictedNoise);
 */
export const predictedNoise = (x: tf.Tensor): NoisyOutput => {
  const size = isTensor(x) ? (x.shape.at(-1) ?? 0) : 0;
  if (size < 2 || size % 2 !== 0) {
    invalidArgument(
      'predictedNoise: input',
      'a tensor with a mean and a log standard deviation for each output',
      x,
    );
  }
  const [mean, logStd] = tf.split(x, 2, x.rank - 1) as [tf.Tensor, tf.Tensor];
  return { mean, logStd };
};
