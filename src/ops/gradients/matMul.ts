import * as tf from '@tensorflow/tfjs-core';

type Shape = readonly number[];

const outer = (shape: Shape): Shape => shape.slice(0, -2);

const size = (shape: Shape): number => tf.util.sizeFromShape([...shape]);

/** The axes of `whole` along which a tensor with outer axes `own` was broadcast. */
const repeated = (own: Shape, whole: Shape): number[] => {
  const missing = whole.length - own.length;
  return whole.flatMap((n, axis) => (axis < missing || (own[axis - missing] === 1 && n !== 1) ? [axis] : []));
};

/**
 * A factor as every backend multiplies it correctly: one matrix, or one per batch item. Not every backend is right for
 * a factor that is broadcast along some of several outer axes.
 */
const unambiguous = (x: tf.Tensor, whole: Shape): tf.Tensor =>
  size(outer(x.shape)) === 1 || size(outer(x.shape)) === size(whole)
    ? x
    : tf.broadcastTo(x, [...whole, ...x.shape.slice(-2)]);

const rowsTogether = (x: tf.Tensor): tf.Tensor =>
  tf.reshape(x, [size(x.shape.slice(0, -1)), x.shape.at(-1)!]);

/** The gradient of a factor of shape `shape`: a product, summed over the axes along which the factor was broadcast. */
const byFactor = (
  x: tf.Tensor,
  y: tf.Tensor,
  transposeX: boolean,
  transposeY: boolean,
  whole: Shape,
  shape: number[],
): tf.Tensor => {
  const axes = repeated(outer(shape), whole);
  const everyItem = [x, y].every((factor) => size(outer(factor.shape)) === size(whole));
  // A single product also sums over the batch.
  const atOnce = size(outer(shape)) === 1 && transposeX && !transposeY && everyItem && size(whole) > 0;
  if (atOnce) return tf.reshape(tf.matMul(rowsTogether(x), rowsTogether(y), true, false), shape);
  const all = tf.matMul(unambiguous(x, whole), unambiguous(y, whole), transposeX, transposeY);
  const each = tf.reshape(all, [...whole, ...shape.slice(-2)]);
  return tf.reshape(axes.length > 0 ? tf.sum(each, axes) : each, shape);
};

/**
 * The gradient of `tf.matMul`, on every backend. tfjs's own does not sum over the axes along which a factor was
 * broadcast, so that its shape differs from the factor's.
 */
export const matMulGradient: tf.GradConfig = {
  kernelName: tf.BatchMatMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (given, saved, attrs) => {
    const dy = given as tf.Tensor;
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const { transposeA, transposeB } = attrs as {
      readonly transposeA: boolean;
      readonly transposeB: boolean;
    };
    const whole = outer(dy.shape);
    return {
      a: () =>
        transposeA
          ? byFactor(b, dy, transposeB, true, whole, a.shape)
          : byFactor(dy, b, false, !transposeB, whole, a.shape),
      b: () =>
        transposeB
          ? byFactor(dy, a, true, transposeA, whole, b.shape)
          : byFactor(a, dy, !transposeA, false, whole, b.shape),
    };
  },
};
