import {
  abs,
  add,
  cast,
  div,
  max,
  maximum,
  mul,
  type Scalar,
  scalar,
  sqrt,
  square,
  step,
  sub,
  sum,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { positiveNumber } from '../check/index.ts';
import { leaves, map, tidied } from '../tree/index.ts';
import { assertFits, type EmptyState, type GradientTransformation } from './gradientTransformation.ts';

/** The smallest normal float32, which keeps a gradient of zeros from 0 / 0. */
const tiny = 2 ** -126;

/** The Euclidean norm as a product of the largest magnitude and the rest: both are finite if all numbers are. */
const scaledNorm = (tree: unknown): { readonly largest: Scalar; readonly relative: Scalar } => {
  const tensors = leaves(tree).filter(({ size }) => size > 0);
  const largest = tensors.reduce<Scalar>((so, x) => maximum(so, max(abs(x))), scalar(tiny));
  const squares = tensors.reduce<Scalar>((total, x) => add(total, sum(square(div(x, largest)))), scalar(0));
  return { largest, relative: sqrt(squares) };
};

/**
 * The Euclidean norm of all numbers in a tree of tensors, a scalar. It is finite whenever the true norm is: large numbers
 * are not squared.
 *
 * @example
 * globalNorm({ a: tf.tensor1d([3]), b: tf.scalar(4) }); // 5
 */
export const globalNorm = (tree: unknown): Scalar =>
  tidy(() => {
    const { largest, relative } = scaledNorm(tree);
    return mul(largest, relative);
  });

/** A divisor and a factor to apply to a gradient in turn, so that neither the norm nor its inverse is computed. */
const clipFactors = (gradient: unknown, maxNorm: number): readonly [divisor: Scalar, factor: Scalar] => {
  const { largest, relative } = scaledNorm(gradient);
  const factor = div(maxNorm, relative);
  // `step` has a gradient, unlike a comparison.
  const exceeds = cast(step(sub(1, div(factor, largest))), 'bool');
  // NaN for a gradient with NaN; 1 for a shorter one, which is left unchanged.
  const unchanged = add(1, mul(relative, 0));
  return [where(exceeds, largest, scalar(1)), where(exceeds, factor, unchanged) as Scalar];
};

/**
 * Scales a gradient whose global norm, over all parameters together, is above `maxNorm` to that norm, keeping its direction
 * (Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks, 2013). A gradient with an infinity
 * or NaN has no norm, and all of it becomes NaN. The parameters of an ensemble are those of all members: a long gradient of
 * one shortens those of all.
 *
 * @throws Error if `maxNorm` is not a finite number above 0, or a gradient does not fit the parameters
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation<EmptyState> => {
  positiveNumber('clipByGlobalNorm: maxNorm', maxNorm);
  return {
    init: () => ({}),
    update: <P>(gradient: P, state: EmptyState, params: P) => {
      assertFits('clipByGlobalNorm: gradient', gradient, params);
      const updates = tidied(() => {
        const [divisor, factor] = clipFactors(gradient, maxNorm);
        return map((g) => mul(div(g, divisor), factor))(gradient) as P;
      });
      return { updates, state };
    },
  };
};
