import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, positiveNumber } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { checkValues } from './checkValues.ts';

/** Where a family's density is centred and how wide it is. */
export interface LocationScale {
  readonly mean: number;
  readonly scale: number;
}

/**
 * Guards the logarithm of a scale that a very large fan-in makes 0.
 *
 * @example
 * Math.log(1 / Math.sqrt(fanIn) + scaleEps);
 */
export const scaleEps = 1e-5;

/**
 * A checked location and scale.
 *
 * @throws Error naming the distribution if the mean is not finite or the scale not above 0
 * @example
 * locationScale('laplace', 0, 1);
 */
export const locationScale = (name: string, mean: number, scale: number): LocationScale => ({
  mean: Number.isFinite(mean) ? mean : invalidArgument(`${name}: mean`, 'a finite number', mean),
  scale: positiveNumber(`${name}: scale`, scale),
});

/**
 * A scale, a number or a tensor, if it is above 0 as far as it can be read without cost.
 *
 * @throws Error naming the argument otherwise
 * @example
 * checkedScale('normal: std', 0.1); // 0.1
 */
export const checkedScale = (argument: string, scale: number | tf.Tensor): number | tf.Tensor => {
  checkValues(scale, (values) => {
    for (const each of values) positiveNumber(argument, each);
  });
  return scale;
};

/**
 * The location and scale of a rescaled prior: `mean * factor` and `scale * (factor + 1e-5)`.
 *
 * @example
 * rescaled({ mean: 1, scale: 2 }, 0.5); // { mean: 0.5, scale: 1.00002 }
 */
export const rescaled = ({ mean, scale }: LocationScale, factor: number): LocationScale => ({
  mean: mean * factor,
  scale: scale * (factor + scaleEps),
});

/**
 * The initial log scales of a posterior: `log(scale (1 / sqrt(fanIn) + 1e-5))`, or `log(scale)` if the fan-in is
 * `null`.
 *
 * @example
 * initialLogScale([2], 4, 0.1); // log(0.05), twice
 */
export const initialLogScale = (
  shape: readonly number[],
  fanIn: number | null,
  scale: number | tf.Tensor,
): tf.Tensor => {
  const byFanIn = fanIn === null ? 0 : Math.log(1 / Math.sqrt(fanIn) + scaleEps);
  return isTensor(scale)
    ? tf.tidy(() => tf.add(tf.fill([...shape], byFanIn), tf.log(scale)))
    : tf.fill([...shape], Math.log(scale) + byFanIn);
};
