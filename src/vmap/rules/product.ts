import * as tf from '@tensorflow/tfjs-core';

/** Below as many multiplications a product costs less than the slicing that a loop over products needs. */
const worthALoop = 50_000;

const swap = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 1]);

const one = (x: tf.Tensor, at: number): tf.Tensor => tf.slice(x, [at, 0, 0], [1, -1, -1]);

/** tfjs's wasm backend is quick with single, untransposed products and falls into a scalar loop with others. */
const oneByOne = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const n = a.shape[0]!;
  return n === 1
    ? tf.matMul(a, b)
    : tf.concat(Array.from({ length: n }, (_, at) => tf.matMul(one(a, at), one(b, at))));
};

/** The product with a gradient that is made of untransposed products as well. */
const looped = (left: tf.Tensor, right: tf.Tensor): tf.Tensor =>
  tf.customGrad((...args) => {
    const [a, b, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([a, b]);
    return {
      value: oneByOne(a, b),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, y] = saved as [tf.Tensor, tf.Tensor];
        return [looped(dy, swap(y)), looped(swap(x), dy)];
      },
    };
  })(left, right);

/**
 * Products of matrices `[n, i, k]` and `[n, k, j]`, or of their transposes: `[n, i, j]`. There is no
 * broadcasting, of which tfjs's gradient is wrong.
 *
 * @example
 * product(tf.ones([2, 3, 4]), tf.ones([2, 4, 5]), false, false).shape; // [2, 3, 5]
 */
export const product = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const columns = b.shape[transposeB ? 1 : 2]!;
  const floats = a.dtype === 'float32' && b.dtype === 'float32';
  const slow = tf.getBackend() === 'wasm' && (a.size / Math.max(a.shape[0]!, 1)) * columns >= worthALoop;
  return floats && slow
    ? looped(transposeA ? swap(a) : a, transposeB ? swap(b) : b)
    : tf.matMul(a, b, transposeA, transposeB);
};
