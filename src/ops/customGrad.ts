import { type GradSaveFunc, type Tensor, customGrad as untyped } from '@tensorflow/tfjs-core';

/** A result with a gradient of its own. */
export interface WithGradient<S extends readonly Tensor[], Y extends Tensor> {
  readonly value: Y;
  /** What the gradient needs: inputs and what was computed on the way. */
  readonly saved?: S;
  /** The gradient by the inputs, from that by the value; a list where there are several. */
  readonly gradient: (dy: Y, saved: S) => Tensor | Tensor[];
}

/**
 * A function of tensors with a gradient of its own: `tf.customGrad` with types for its inputs and for what it saves.
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
