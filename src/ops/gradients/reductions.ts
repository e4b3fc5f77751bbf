import * as tf from '@tensorflow/tfjs-core';
import { softmaxGradient } from '../softmax.ts';
import { kernelGradient } from './kernelGradient.ts';

/** Broadcasts a tensor over the axes that a reduction has removed. */
const overAxes = (dy: tf.Tensor, shape: readonly number[], axis: number | number[]): tf.Tensor => {
  const axes = tf.util.parseAxisParam(axis, [...shape]);
  const kept = shape.map((size, at) => (axes.includes(at) ? 1 : size));
  return tf.add(tf.fill([...shape], 0), tf.reshape(dy, kept));
};

const axisAttribute = (attrs: tf.NamedAttrMap | undefined): number | number[] =>
  (attrs as { readonly axis: number | number[] }).axis;

/** The gradient of `tf.sum`. tfjs's own fills a tensor of ones in JavaScript and uploads it each time. */
export const sumGradient: tf.GradConfig = {
  kernelName: tf.Sum,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({ x: () => overAxes(dy as tf.Tensor, x!.shape, axisAttribute(attrs)) }),
};

/** The gradient of `tf.mean`; see `sumGradient`. */
export const meanGradient: tf.GradConfig = {
  kernelName: tf.Mean,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const each = tf.mul(dy as tf.Tensor, (dy as tf.Tensor).size / x!.size);
      return overAxes(each, x!.shape, axisAttribute(attrs));
    },
  }),
};

const parseAxes = (
  shape: readonly number[],
  given: number | readonly number[] | null | undefined,
): number[] => tf.util.parseAxisParam((given ?? null) as number | number[], [...shape]);

const kept = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

/** The gradient of the maximum or minimum along some axes: equal elements share it, as in TensorFlow. */
const extremum = <K extends string>(kernelName: string, attribute: K): tf.GradConfig =>
  kernelGradient<Readonly<Record<K, number[]>>>({
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradients: (dy, [x, y], attrs) => ({
      x: () => {
        const axes = parseAxes(x!.shape, attrs[attribute]);
        const over = kept(x!.shape, axes);
        const are = tf.cast(tf.equal(x!, tf.reshape(y!, over)), 'float32');
        const share = tf.div(tf.reshape(dy, over), tf.sum(are, axes, true));
        return tf.mul(share, are);
      },
    }),
  });

/** A tensor as rows along some of its axes, and the inverse. */
const asRows = (
  x: tf.Tensor,
  axes: readonly number[],
): { readonly rows: (y: tf.Tensor) => tf.Tensor2D; readonly back: (rows: tf.Tensor) => tf.Tensor } => {
  const others = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const order = [...others, ...axes];
  const turned = order.map((axis) => x.shape[axis]!);
  const length = tf.util.sizeFromShape(turned.slice(others.length));
  const inPlace = order.every((axis, at) => axis === at);
  return {
    rows: (y) =>
      tf.reshape(inPlace ? y : tf.transpose(y, order), [
        tf.util.sizeFromShape(turned.slice(0, others.length)),
        length,
      ]),
    back: (rows) => {
      const whole = tf.reshape(rows, turned);
      return inPlace ? whole : tf.transpose(whole, tf.backend_util.getUndoAxesPermutation(order));
    },
  };
};

/** The gradient of a product: for each element the product of all others, also where some are zero. */
const prod = kernelGradient<{ readonly axis?: number | number[] | null }>({
  kernelName: tf.Prod,
  inputsToSave: ['x'],
  gradients: (dy, [x], attrs) => ({
    x: () => {
      const axes = parseAxes(x!.shape, attrs.axis);
      const { rows, back } = asRows(x!, axes);
      const factors = tf.cast(rows(x!), 'float32');
      const others = tf.mul(tf.cumprod(factors, 1, true, false), tf.cumprod(factors, 1, true, true));
      return back(tf.mul(tf.reshape(dy, [-1, 1]), others));
    },
  }),
});

interface RunningAttrs {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** TensorFlow.js's own transposes its result for any axis but the last. */
const cumsum = kernelGradient<RunningAttrs>({
  kernelName: tf.Cumsum,
  gradients: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs;
    return { x: () => tf.cumsum(dy, axis, exclusive, !reverse) };
  },
});

/** The gradient of cumulative products along rows. */
const cumprodOfRows = (x: tf.Tensor2D, dy: tf.Tensor2D): tf.Tensor => {
  const [count, length] = x.shape;
  const square = [count, length, length];
  const [from, to] = [
    tf.reshape(tf.range(0, length), [1, length, 1]),
    tf.reshape(tf.range(0, length), [1, 1, length]),
  ];
  const isBehind = tf.broadcastTo(tf.less(from, to), square);
  const factors = tf.where(
    isBehind,
    tf.broadcastTo(tf.reshape(x, [count, 1, length]), square),
    tf.ones(square),
  );
  // The products of the elements after each one, up to each position. A quotient would fail for zeros.
  const behind = tf.mul(tf.cumprod(factors, 2), tf.cast(tf.lessEqual(from, to), 'float32'));
  const sums = tf.sum(tf.mul(behind, tf.reshape(dy, [count, 1, length])), 2);
  return tf.mul(tf.cumprod(x, 1, true), sums);
};

/** TensorFlow.js has none; the gradient of a product needs it to be differentiated again. */
const cumprod = kernelGradient<RunningAttrs>({
  kernelName: tf.Cumprod,
  inputsToSave: ['x'],
  gradients: (dy, [x], attrs) => ({
    x: () => {
      const { axis, exclusive, reverse } = attrs;
      const { rows, back } = asRows(x!, parseAxes(x!.shape, axis));
      const turned = (y: tf.Tensor2D): tf.Tensor2D => (reverse ? tf.reverse(y, 1) : y);
      const slopes = turned(rows(dy));
      // The exclusive product at a position is the inclusive one at the position before.
      const own = exclusive
        ? tf.pad(tf.slice(slopes, [0, 1], [-1, slopes.shape[1] - 1]), [
            [0, 0],
            [0, 1],
          ])
        : slopes;
      return back(
        turned(cumprodOfRows(turned(tf.cast(rows(x!), 'float32')), own as tf.Tensor2D) as tf.Tensor2D),
      );
    },
  }),
});

const softmax = kernelGradient<{ readonly dim: number }>({
  kernelName: tf.Softmax,
  inputsToSave: [],
  outputsToSave: [true],
  gradients: (dy, [saved], { dim }) => ({ logits: () => softmaxGradient(dy, saved!, dim) }),
});

/** The gradients of kernels that reduce axes, or accumulate along one. */
export const reductionGradients: readonly tf.GradConfig[] = [
  cumprod,
  cumsum,
  extremum(tf.Max, 'reductionIndices'),
  extremum(tf.Min, 'axis'),
  prod,
  softmax,
];
