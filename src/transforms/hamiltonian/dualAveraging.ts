import * as tf from '@tensorflow/tfjs-core';

/** What dual averaging knows of a step size; scalars. */
export interface DualAveraging {
  /** The log of the step size to try next. */
  readonly logStep: tf.Tensor;
  /** The log of the averaged step size, for after the adaptation; the first update replaces it. */
  readonly logAverage: tf.Tensor;
  /** The running mean of how far acceptance is below its target. */
  readonly shortfall: tf.Tensor;
}

/** How fast adaptation is, how it starts and how it ends: the paper's gamma, t0 and kappa. */
const [speed, delay, decay] = [0.05, 10, 0.75];

/**
 * The start, at a step size.
 *
 * @example
 * startAveraging(0.1).logStep; // log 0.1
 */
export const startAveraging = (stepSize: number): DualAveraging => ({
  logStep: tf.scalar(Math.log(stepSize)),
  logAverage: tf.scalar(Math.log(stepSize)),
  shortfall: tf.scalar(0),
});

/**
 * One update of a step size by dual averaging (Hoffman & Gelman 2014, algorithm 5): it moves the step size until the mean
 * acceptance probability is the target, in steps that become smaller.
 *
 * @param iteration the number of updates so far
 * @example
 * dualAveraging(0.1, 0.8)(startAveraging(0.1), tf.scalar(1), 0).logStep; // a larger step, as all was accepted
 */
export const dualAveraging =
  (stepSize: number, target: number) =>
  ({ logAverage, shortfall }: DualAveraging, acceptance: tf.Tensor, iteration: number): DualAveraging => {
    const count = iteration + 1;
    const share = 1 / (count + delay);
    const nextShortfall = tf.add(tf.mul(1 - share, shortfall), tf.mul(share, tf.sub(target, acceptance)));
    const logStep = tf.sub(Math.log(10 * stepSize), tf.mul(Math.sqrt(count) / speed, nextShortfall));
    const weight = count ** -decay;
    return {
      logStep,
      logAverage: tf.add(tf.mul(weight, logStep), tf.mul(1 - weight, logAverage)),
      shortfall: nextShortfall,
    };
  };
