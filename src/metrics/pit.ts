import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions } from '../check/index.ts';
import type { TargetCdf } from '../distributions/index.ts';
import { normalCdf } from '../distributions/specialFunctions.ts';
import { type Key, uniform } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { isTensor } from '../tree/index.ts';
import { type MeanAndVariance, meanAndStd, residuals, standardizedResiduals } from './regressionScores.ts';

/** Options of `pit`. */
export interface PitOptions {
  /** For counts: draws a value between the probabilities of fewer than the target and of at most the target. */
  readonly key?: Key;
}

const names: OptionNames<PitOptions> = { key: true };

const ofCdf = ({ atMost, below }: TargetCdf, key: Key | undefined): tf.Tensor => {
  if (below === undefined) return tf.clone(atMost);
  if (key === undefined)
    return invalidArgument('pit: key', 'given for counts, whose distribution function has steps', key);
  return tf.add(below, tf.mul(uniform(key, below.shape), tf.sub(atMost, below)));
};

/**
 * The probability integral transform: the predictive probability of a value of at most the target, for each element, of the
 * targets' shape. If predictions are calibrated, these are uniform between 0 and 1 (Dawid, Statistical theory: the
 * prequential approach, 1984): a histogram with a hump says that predictions are too wide, one with peaks at both ends that
 * they are too narrow.
 *
 * The first form takes the `cdf` that `predict` returns for the option `cdf: targets`. For counts, whose distribution
 * function has steps, it draws a value inside of the step by `key` (Czado, Gneiting & Held, Predictive model assessment for
 * count data, 2009). The second is that of a normal with the mean and variance of a prediction.
 *
 * @throws Error if there is no `cdf`, for counts without a key, or if the shapes do not fit
 * @example
 * pit({ cdf: { atMost: tf.tensor2d([[0.2], [0.9]]) } }); // [[0.2], [0.9]]
 * const uncertainty = { total: tf.ones([1, 1]) };
 * pit({ mean: tf.zeros([1, 1]), uncertainty }, tf.zeros([1, 1])); // [[0.5]]
 */
export function pit(prediction: { readonly cdf: TargetCdf }, options?: PitOptions): tf.Tensor;
export function pit(prediction: MeanAndVariance, targets: tf.Tensor): tf.Tensor;
export function pit(
  prediction: MeanAndVariance | { readonly cdf: TargetCdf },
  given?: PitOptions | tf.Tensor,
): tf.Tensor {
  if (isTensor(given))
    return tf.tidy(() => {
      const { mean, std } = meanAndStd('pit', prediction as MeanAndVariance);
      return normalCdf(standardizedResiduals(residuals('pit', mean, given), std));
    });
  const { key } = optionalOptions('pit', given, names);
  if (key !== undefined) checkKey('pit: key', key);
  const cdf = (prediction as { readonly cdf?: TargetCdf })?.cdf;
  return isTensor(cdf?.atMost)
    ? tf.tidy(() => ofCdf(cdf, key))
    : invalidArgument(
        'pit: prediction',
        'one with cdf (give predict the option cdf: targets), or followed by targets',
        prediction,
      );
}
