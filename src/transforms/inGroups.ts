import * as tf from '@tensorflow/tfjs-core';
import { leaves, unflatten } from '../tree/index.ts';
import { gradientsOf } from './valueAndGrad.ts';

/** The tensors of one group's result, side by side: `[members, everything else]`. */
const joined = (results: readonly tf.Tensor[]): tf.Tensor =>
  tf.concat(
    results.map((result) => tf.reshape(tf.cast(result, 'float32'), [result.shape[0] ?? 1, -1])),
    1,
  );

/** The inverse of `joined`, with the dtypes and the shapes behind the first axis of `like`. */
const apart = (
  flat: tf.Tensor,
  like: readonly { readonly shape: readonly number[]; readonly dtype: tf.DataType }[],
) => {
  const widths = like.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return tf
    .split(flat as tf.Tensor2D, widths, 1)
    .map((part, index) =>
      tf.cast(
        tf.reshape(part, [flat.shape[0] ?? 1, ...(like[index]?.shape ?? [])]),
        like[index]?.dtype ?? 'float32',
      ),
    );
};

/** tfjs ends an inner differentiation by dropping its tape, which here is still the outer one's. */
const withOwnTape = <Y>(run: () => Y): Y => {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return run();
  } finally {
    state.activeTape = activeTape;
  }
};

/**
 * Runs `f` on one group after another and joins the results along their first axis. Under differentiation
 * no intermediate is kept: each group is computed again in the backward pass (Griewank & Walther 2000), so
 * memory is that of one group. Results are trees whose tensors all begin with the group's axis.
 *
 * @example
 * inGroups([[0, 1], [2]], (x, group) => tf.stack(group.map((i) => tf.mul(x, i))))(tf.scalar(2)); // [0, 2, 4]
 */
export const inGroups =
  <X, G, Y>(groups: readonly G[], f: (inputs: X, group: G) => Y) =>
  (inputs: X): Y => {
    const shape: { tree?: Y; like?: readonly { shape: readonly number[]; dtype: tf.DataType }[] } = {};
    const flatOf = (tensors: readonly tf.Tensor[], group: G): tf.Tensor => {
      const result = f(unflatten(inputs)(tensors), group);
      const parts = leaves(result);
      shape.tree = result;
      shape.like = parts.map((part) => ({ shape: part.shape.slice(1), dtype: part.dtype }));
      return joined(parts);
    };
    const gradient = (dy: tf.Tensor, tensors: readonly tf.Tensor[], sizes: readonly number[]): tf.Tensor[] =>
      withOwnTape(() => {
        const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((a, b) => a + b, 0));
        return groups.reduce<tf.Tensor[]>((sum, group, index) => {
          const next = tf.tidy(() => {
            const part = tf.slice(dy, [starts[index] ?? 0, 0], [sizes[index] ?? 0, -1]);
            const [, own] = gradientsOf((...xs) => flatOf(xs, group), tensors, part);
            return sum.length === 0 ? [...own] : own.map((x, i) => tf.add(x, sum[i] as tf.Tensor));
          });
          for (const x of sum) x.dispose();
          return next;
        }, []);
      });
    return tf.tidy(() => {
      const tensors = leaves(inputs);
      const whole = tf.customGrad((...args) => {
        const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
        const xs = args as tf.Tensor[];
        save(xs);
        const rows = groups.map((group) => tf.tidy(() => flatOf(xs, group)));
        const sizes = rows.map((row) => row.shape[0] ?? 0);
        return {
          value: tf.concat(rows, 0),
          gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved, sizes),
        };
      });
      const flat = whole(...tensors);
      return unflatten(shape.tree as Y)(apart(flat, shape.like ?? [])) as tf.TensorContainer;
    }) as Y;
  };
