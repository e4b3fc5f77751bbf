import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../ops/customGrad.ts';
import { leaves, tidied, unflatten } from '../tree/index.ts';
import { valueAndGradients } from './valueAndGrad.ts';

/** The shape and dtype of a result's tensor; the shape is without the group's axis. */
interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

const half = 65536;

/** A result as floats, `[members, width]`; integers are split in two halves, since a float32 holds 24 bits of them. */
const toFloats = (x: tf.Tensor): tf.Tensor => {
  const rows = tf.reshape(x, [x.shape[0] ?? 1, -1]);
  if (x.dtype !== 'int32') return tf.cast(rows, 'float32');
  const high = tf.floorDiv(rows, tf.scalar(half, 'int32'));
  const low = tf.sub(rows, tf.mul(high, tf.scalar(half, 'int32')));
  return tf.concat([tf.cast(high, 'float32'), tf.cast(low, 'float32')], 1);
};

/** The inverse of `toFloats`. */
const fromFloats =
  ({ shape, dtype }: TensorSpec) =>
  (rows: tf.Tensor): tf.Tensor => {
    const whole = [rows.shape[0] ?? 1, ...shape];
    if (dtype !== 'int32') return tf.cast(tf.reshape(rows, whole), dtype);
    const [high, low] = tf.split(tf.cast(rows, 'int32'), 2, 1) as [tf.Tensor, tf.Tensor];
    return tf.reshape(tf.add(tf.mul(high, tf.scalar(half, 'int32')), low), whole);
  };

/** The tensors of one group's result, side by side: `[members, everything else]`. */
const joined = (results: readonly tf.Tensor[]): tf.Tensor => tf.concat(results.map(toFloats), 1);

/** The result of one group as one tensor, and a function that restores the tree from one tensor for all groups. */
interface Flat<Y> {
  readonly flat: tf.Tensor;
  /** A function, since a tree of tensors would be kept alive. */
  readonly restore: (flat: tf.Tensor) => Y;
}

/** The inverse of `joined`. */
const separated = (flat: tf.Tensor, specs: readonly TensorSpec[]): readonly tf.Tensor[] => {
  const widths = specs.map(
    ({ shape, dtype }) => tf.util.sizeFromShape([...shape]) * (dtype === 'int32' ? 2 : 1),
  );
  // tfjs's gradient of a split into one part fails.
  const parts = widths.length === 1 ? [flat] : tf.split(flat, widths, 1);
  return parts.map((part, index) => fromFloats(specs[index] as TensorSpec)(part));
};

/** tfjs drops the tape at the end of an inner differentiation, although here it is still the outer one's: restores it. */
const keepingTape = <Y>(run: () => Y): Y => {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  try {
    return run();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
};

/**
 * Runs a function outside any differentiation. TensorFlow.js records nothing inside a custom gradient, not even for a nested
 * `tf.grad`: resets the state as if outside.
 *
 * @example
 * const bytes = withoutTape(() => heldBytes(() => f(x)));
 */
export const withoutTape = <Y>(run: () => Y): Y =>
  keepingTape(() => {
    Object.assign(tf.engine().state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
    return run();
  });

/**
 * Runs `f` on one group after another and concatenates the results along their first axis. Under differentiation no
 * intermediate is kept: each group is recomputed in the backward pass (Griewank & Walther 2000), so memory is that of
 * one group. Results are trees whose tensors all begin with the group's axis.
 *
 * @example
 * rematerialize([[0, 1], [2]], (x, group) => tf.stack(group.map((i) => tf.mul(x, i))))(tf.scalar(2)); // [0, 2, 4]
 */
export const rematerialize =
  <X, G, Y>(groups: readonly G[], f: (inputs: X, group: G) => Y) =>
  (inputs: X): Y => {
    const flatResult = (tensors: readonly tf.Tensor[], group: G): Flat<Y> => {
      const result = f(unflatten(inputs)(tensors), group);
      const parts = leaves(result);
      const specs = parts.map((part) => ({ shape: part.shape.slice(1), dtype: part.dtype }));
      return { flat: joined(parts), restore: (flat) => unflatten(result)(separated(flat, specs)) };
    };
    const gradient = (dy: tf.Tensor, tensors: readonly tf.Tensor[], sizes: readonly number[]): tf.Tensor[] =>
      keepingTape(() => {
        // An integer has no gradient, and tfjs throws if one is requested.
        const smooth = tensors.filter(({ dtype }) => dtype === 'float32');
        const inTheirPlaces = (xs: readonly tf.Tensor[], index: (x: tf.Tensor) => tf.Tensor) => {
          const rest = xs[Symbol.iterator]();
          return tensors.map((x) => (x.dtype === 'float32' ? (rest.next().value as tf.Tensor) : index(x)));
        };
        const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((a, b) => a + b, 0));
        const total = groups.reduce<readonly tf.Tensor[]>((sum, group, index) => {
          const next = tf.tidy(() => {
            const part = tf.slice(dy, [starts[index] ?? 0, 0], [sizes[index] ?? 0, -1]);
            const [, own] = valueAndGradients(
              (...xs) =>
                flatResult(
                  inTheirPlaces(xs, (x) => x),
                  group,
                ).flat,
              smooth,
              part,
            );
            return sum.length === 0 ? [...own] : own.map((x, i) => tf.add(x, sum[i] as tf.Tensor));
          });
          for (const x of sum) x.dispose();
          return next;
        }, []);
        return inTheirPlaces(total, (x) => tf.zeros(x.shape, 'float32'));
      });
    return tidied(() => {
      const tensors = leaves(inputs);
      const results = withoutTape(() => groups.map((group) => tidied(() => flatResult(tensors, group))));
      const rows = results.map(({ flat }) => flat);
      const sizes = rows.map((row) => row.shape[0] ?? 0);
      const whole = customGrad((...saved: readonly tf.Tensor[]) => ({
        value: tf.concat(rows, 0),
        saved,
        gradient: (dy, kept) => gradient(dy, kept, sizes),
      }));
      return (results[0] as Flat<Y>).restore(whole(...tensors));
    });
  };
