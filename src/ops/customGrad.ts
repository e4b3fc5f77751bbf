import { type GradSaveFunc, type Tensor, customGrad as untyped } from '@tensorflow/tfjs-core';

/** A result with a custom gradient. */
export interface WithGradient<S extends readonly Tensor[], Y extends Tensor> {
  readonly value: Y;
  /** The tensors that the gradient needs: inputs and intermediates. */
  readonly saved?: S;
  /** The gradients of the inputs, given that of the value; a list if there are several inputs. */
  readonly gradient: (dy: Y, saved: S) => Tensor | Tensor[];
}

/**
 * A function of tensors with a custom gradient: `tf.customGrad` with types for its inputs and saved tensors.
 *
 * @example
 * const square = customGrad((x: tf.Tensor) => ({
 *   value: tf.square(x),
 *   saved: [x],
 *   gradient: (dy, [x]) => tf.mul(dy, tf.mul(2, x)),
 * }));
 */
export const customGrad = <
  X extends readonly Tensor[],
  Y extends Tensor,
  S extends readonly Tensor[] | readonly [] = readonly [],
>(
  f: (...inputs: X) => WithGradient<S, Y>,
): ((...inputs: X) => Y) => {
  const differentiable = untyped<Y>((...given) => {
    const inputs: readonly unknown[] = given.slice(0, -1);
    const { value, saved, gradient } = f(...(inputs as X));
    if (saved !== undefined) (given.at(-1) as GradSaveFunc)([...saved]);
    return { value, gradFunc: (dy, kept) => gradient(dy, kept as readonly Tensor[] as S) };
  });
  return (...inputs) => differentiable(...inputs);
};
