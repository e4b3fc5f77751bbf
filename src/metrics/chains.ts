import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isTensor, tidied } from '../tree/index.ts';

/** The halves of each chain as chains of their own, `[2 chains, draws / 2, elements]`; a draw in the middle is left out. */
const halves = (fn: string, draws: tf.Tensor): tf.Tensor3D => {
  const [chains = 0, count = 0, ...shape] = isTensor(draws) ? draws.shape : [];
  if (chains === 0 || count < 4)
    return invalidArgument(
      `${fn}: draws`,
      'a tensor of shape [chains, draws, ...] with at least 4 draws of each chain',
      draws,
    );
  const elements = shape.reduce((product, size) => product * size, 1);
  const half = Math.floor(count / 2);
  const flat = tf.reshape(tf.cast(draws, 'float32'), [chains, count, elements]) as tf.Tensor3D;
  const part = (start: number) => tf.slice(flat, [0, start, 0], [chains, half, elements]);
  return tf.concat([part(0), part(count - half)], 0) as tf.Tensor3D;
};

/** The variances of chains, `[elements]` each. */
interface Variances {
  /** The draws less the mean of their chain, `[chains, draws, elements]`. */
  readonly centred: tf.Tensor;
  /** The mean variance of a chain. */
  readonly within: tf.Tensor;
  /** The estimate of the whole variance, too large as long as the chains are apart. */
  readonly pooled: tf.Tensor;
}

const variances = (chains: tf.Tensor3D): Variances => {
  const [count, draws] = chains.shape;
  const means = tf.mean(chains, 1, true);
  const centred = tf.sub(chains, means);
  const within = tf.div(tf.mean(tf.sum(tf.square(centred), 1), 0), draws - 1);
  const apart = tf.sub(means, tf.mean(means, 0, true));
  const between = tf.div(tf.sum(tf.square(apart), [0, 1]), count - 1);
  return { centred, within, pooled: tf.add(tf.mul((draws - 1) / draws, within), between) };
};

/**
 * The split R-hat of the draws of several chains, element by element (Gelman et al., Bayesian Data Analysis, 2013, section
 * 11.4; without the ranks of Vehtari et al. 2021): how much wider the draws of all chains are than those of one half of a
 * chain. Near 1 if the chains agree; above 1.01 they have to be longer. It compares means alone, so chains that differ only
 * in their spread go unnoticed.
 *
 * Draws `[chains, draws, ...shape]`, with at least 4 draws of each chain; the result has `shape`. NaN if all draws are equal
 * or one is not finite. For all variables: `tree.map((draws) => rHat(draws))(weights)`.
 *
 * @throws Error for draws of another shape
 * @example
 * const mixed = random.normal(random.key(0), [4, 500]);
 * const apart = tf.add(mixed, tf.tensor2d([[0], [0], [0], [3]]));
 * console.log(rHat(mixed).dataSync()[0]!.toFixed(2)); // 1.00
 * console.log(rHat(apart).dataSync()[0]!.toFixed(1)); // 1.7
 */
export const rHat = (draws: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const { within, pooled } = variances(halves('rHat', draws));
    return tf.reshape(tf.sqrt(tf.div(pooled, within)), draws.shape.slice(2));
  });

/** The sum over pairs of correlations so far. */
interface Pairs {
  /** 1 as long as all pairs were above 0. */
  readonly isOpen: tf.Tensor;
  /** The least pair so far. */
  readonly least: tf.Tensor;
  readonly total: tf.Tensor;
}

/**
 * The number of independent draws whose mean varies as much as that of the draws of several chains, element by element. Their
 * correlations are summed in pairs up to the first pair below 0, each at most the one before (Geyer, Practical Markov chain
 * Monte Carlo, 1992), over the halves of all chains together (Vehtari et al., Rank-normalization, folding, and
 * localization, 2021, eq. 10-11, without ranks). At most `n log10 n` for `n` draws.
 *
 * The standard error of a mean is the standard deviation over the square root of this number. Draws `[chains, draws,
 * ...shape]`, with at least 4 draws of each chain; the result has `shape`. NaN if all draws are equal or one is not finite.
 *
 * @throws Error for draws of another shape
 * @example
 * const draws = random.normal(random.key(0), [4, 500]);
 * console.log(effectiveSampleSize(draws).dataSync()[0]! > 1500); // true
 */
export const effectiveSampleSize = (draws: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const chains = halves('effectiveSampleSize', draws);
    const [count, length] = chains.shape;
    const { centred, within, pooled } = variances(chains);
    const correlation = (lag: number): tf.Tensor => {
      const [early, late] = [0, lag].map((start) =>
        tf.slice(centred, [0, start, 0], [count, length - lag, -1]),
      ) as [tf.Tensor, tf.Tensor];
      const covariance = tf.div(tf.mean(tf.sum(tf.mul(early, late), 1), 0), length);
      return tf.sub(1, tf.div(tf.sub(within, covariance), pooled));
    };
    const added = ({ isOpen, least, total }: Pairs, lag: number): Pairs => {
      const even = lag === 0 ? tf.onesLike(pooled) : correlation(lag);
      const pair = tf.add(even, correlation(lag + 1));
      const open = tf.mul(isOpen, tf.cast(tf.greater(pair, 0), 'float32'));
      const lesser = tf.minimum(least, pair);
      // The first correlation beyond counts if it is above 0.
      const last = tf.mul(tf.sub(isOpen, open), tf.relu(even));
      return {
        isOpen: open,
        least: lesser,
        total: tf.add(total, tf.add(tf.mul(2, tf.mul(open, lesser)), last)),
      };
    };
    const start: Pairs = {
      isOpen: tf.onesLike(pooled),
      least: tf.fill(pooled.shape, 2),
      total: tf.fill(pooled.shape, -1),
    };
    const lags = Array.from({ length: Math.floor(length / 2) }, (_, k) => 2 * k);
    const { total } = lags.reduce<Pairs>((pairs, lag) => tidied(() => added(pairs, lag)), start);
    const all = count * length;
    const size = tf.div(all, tf.maximum(total, 1 / Math.log10(all)));
    // NaN where there is no variance, or no number.
    return tf.reshape(tf.mul(size, tf.div(pooled, pooled)), draws.shape.slice(2));
  });
