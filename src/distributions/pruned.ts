import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { customGrad } from '../ops/customGrad.ts';
import type { Posterior, Pruning } from './posterior.ts';

/**
 * The log scale of a pruned element, whose mean is 0: its exponential is 0, in float32 and in doubles, so every draw is
 * exactly 0 on every backend, with this model and with one that knows nothing of pruning. -Infinity would draw 0 too, but
 * checkpoints refuse it, and sums of it are infinite or NaN. The optimizers take the parameters as they are, where a mask
 * beside them would be one more tensor to train. float16 and bfloat16 represent the number.
 */
export const prunedLogScale = -1024;

/** No training leads here: scales become 0 in float32 far above, and a mean is not exactly 0. */
const threshold = prunedLogScale / 2;

/**
 * Whether an element with this log scale is pruned.
 *
 * @example
 * isPruned(-3); // false
 */
export const isPruned = (logScale: number): boolean => logScale <= threshold;

/** Which elements are kept. `step` has a gradient, unlike a comparison, so that the gradient has one too. */
const keptElements = (logScale: tf.Tensor): tf.Tensor =>
  tf.cast(tf.step(tf.sub(logScale, threshold)), 'bool');

/** A tensor whose gradient is 0 where an element is pruned, also where NaN or infinity would arrive. */
const heldAt = customGrad((x: tf.Tensor, logScale: tf.Tensor) => ({
  value: tf.clone(x),
  saved: [logScale],
  gradient: (dy, [log]) => [tf.where(keptElements(log), dy, tf.zerosLike(dy)), tf.zerosLike(log)],
}));

type Own = Readonly<Record<string, tf.Tensor>>;

/**
 * The posterior whose pruned elements are point masses at 0: they are drawn as 0, have a mean and a variance of 0, add
 * nothing to the log density and the entropy, as `pointMass` does, and have no gradient, so that they stay as they are.
 * Its parameters, name and settings are those of `inner`, whose files and optimizers fit.
 *
 * @param inner a posterior with independent elements, moments and a `logScale`
 * @throws Error, when run, for a log density that is not given element by element
 * @example
 * prunedPosterior(normal().posterior).pruning?.kept({ mean, logStd });
 */
export const prunedPosterior = (inner: Posterior): Posterior => {
  if (inner.pruning !== undefined) return inner;
  const { fused: _, moments, entropy, ...others } = inner;
  const name = inner.logScale as string;
  const scaleIn = (params: unknown): tf.Tensor => (params as Own)[name] as tf.Tensor;
  const pruning: Pruning<unknown> = {
    kept: (params) => keptElements(scaleIn(params)),
    frozen: (params) => {
      const { mean } = params as Own;
      const log = scaleIn(params);
      return { ...(params as Own), mean: heldAt(mean as tf.Tensor, log), [name]: heldAt(log, log) };
    },
  };
  const { kept, frozen } = pruning;
  return {
    ...others,
    pruning,
    sample: (params, key) => inner.sample(frozen(params), key),
    ...(moments && { moments: (params) => moments(frozen(params)) }),
    logProb: (params, weight) =>
      tf.tidy(() => {
        const each = inner.logProb(frozen(params), weight);
        if (!sameShape(each.shape, weight.shape))
          invalidArgument(
            `prune: logProb of the ${inner.name} posterior`,
            `element by element, of the weight's shape [${weight.shape.join(', ')}]`,
            each,
          );
        return tf.where(kept(params), each, tf.zerosLike(each));
      }),
    ...(entropy && {
      entropy: (params) =>
        tf.tidy(() => {
          const own = frozen(params) as Own;
          const log = scaleIn(own);
          const standard = entropy({ ...own, mean: tf.zeros([1]), [name]: tf.zeros([1]) });
          // An element adds its log scale and the entropy at scale 1, which cancel exactly where it is pruned.
          const none = tf.sub(tf.zerosLike(log), standard);
          return entropy({ ...own, [name]: tf.where(kept(own), log, none) });
        }),
    }),
  };
};
