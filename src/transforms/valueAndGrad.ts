import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { leaves, unflatten } from '../tree/index.ts';

/**
 * The value of `f` and its gradients for each tensor, weighted by `dy`; zeros where `f` does not depend on one.
 *
 * @example
 * const [y, [dx]] = gradientsOf((x) => tf.square(x), [tf.scalar(3)]); // 9, [6]
 */
export const gradientsOf = (
  f: (...xs: readonly tf.Tensor[]) => tf.Tensor,
  xs: readonly tf.Tensor[],
  dy?: tf.Tensor,
): readonly [value: tf.Tensor, gradients: readonly tf.Tensor[]] =>
  tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(() => f(...xs), [...xs], dy as tf.Tensor, true);
    return [value, xs.map((x, index) => grads[index] ?? tf.zerosLike(x))] as tf.TensorContainer;
  }) as unknown as readonly [tf.Tensor, readonly tf.Tensor[]];

/** A record of scalars, of which `loss` is the one to be differentiated. */
export interface LossParts {
  readonly loss: tf.Tensor;
}

const assertParts = (parts: LossParts): void => {
  const given: unknown = parts;
  if (typeof given !== 'object' || given === null || !('loss' in given)) {
    misuse('valueAndGrad: result of the loss', 'a record of scalars with a loss', given);
  }
  for (const [name, part] of Object.entries(parts)) {
    if (!(part instanceof tf.Tensor) || part.rank !== 0) {
      misuse(`valueAndGrad: part '${name}' of the loss`, 'a scalar tensor', part);
    }
  }
};

/**
 * The parts of a loss and the gradient of `parts.loss` for the first argument, a tree like the parameters.
 * A weight on which the loss does not depend has a gradient of zeros.
 *
 * @throws Error if the loss does not return a record of scalars with a `loss`
 * @example
 * const [{ loss }, gradient] = valueAndGrad(loss)(params, random.key(0), { inputs, targets });
 */
export const valueAndGrad =
  <P, A extends readonly unknown[], R extends LossParts>(f: (params: P, ...rest: A) => R) =>
  (params: P, ...rest: A): readonly [parts: R, gradient: P] =>
    tf.tidy(() => {
      const seen: { names: readonly string[] } = { names: [] };
      // The parts ride along as one vector: what a differentiated function leaves outside its result is disposed.
      const asVector = (...tensors: readonly tf.Tensor[]): tf.Tensor => {
        const parts = f(unflatten(params)(tensors), ...rest);
        assertParts(parts);
        const { loss, ...others } = parts;
        seen.names = ['loss', ...Object.keys(others)];
        return tf.stack([loss, ...(Object.values(others) as tf.Tensor[])]);
      };
      const tensors = leaves(params);
      if (tensors.length === 0) misuse('valueAndGrad: params', 'a tree with at least one tensor', params);
      const [vector, gradients] = gradientsOf((...xs) => onlyFirst(asVector(...xs)), tensors);
      const parts = Object.fromEntries(tf.unstack(vector).map((part, index) => [seen.names[index], part]));
      return [parts, unflatten(params)(gradients)] as tf.TensorContainer;
    }) as unknown as readonly [R, P];

/** The same vector, whose gradient reaches its first element alone. */
const onlyFirst = (vector: tf.Tensor): tf.Tensor =>
  tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    // tf.oneHot refuses a depth of 1, that of a loss without other parts.
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.equal(tf.range(0, dy.size), 0)),
  }))(vector);
