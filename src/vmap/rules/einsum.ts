import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import { runKernel } from '../../ops/engine.ts';
import type { BatchingRule } from '../rule.ts';
import { operands, sizeFromShape } from './operands.ts';

/** A tensor whose axes are named by letters. */
interface Named {
  readonly tensor: tf.Tensor;
  readonly axes: readonly string[];
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Sums over the axes that are not kept. */
const summed = ({ tensor, axes }: Named, keep: (axis: string) => boolean): Named => {
  const gone = axes.flatMap((axis, at) => (keep(axis) ? [] : [at]));
  return gone.length === 0 ? { tensor, axes } : { tensor: tf.sum(tensor, gone), axes: axes.filter(keep) };
};

/** Transposes a tensor to an order of axes. */
const ordered = ({ tensor, axes }: Named, order: readonly string[]): tf.Tensor =>
  order.every((axis, at) => axis === axes[at])
    ? tensor
    : runKernel(tf.Transpose, { x: tensor }, { perm: order.map((axis) => axes.indexOf(axis)) });

/** The product of two tensors, summed over the shared axes that are not kept, as a matrix product. */
const product = (a: Named, b: Named, keep: (axis: string) => boolean): Named => {
  const common = a.axes.filter((axis) => b.axes.includes(axis));
  const batch = common.filter(keep);
  const inner = common.filter((axis) => !keep(axis));
  const rows = a.axes.filter((axis) => !common.includes(axis));
  const columns = b.axes.filter((axis) => !common.includes(axis));
  const sizes = (axes: readonly string[], of: Named): number[] =>
    axes.map((axis) => of.tensor.shape[of.axes.indexOf(axis)]!);
  const matrices = (of: Named, ...groups: readonly (readonly string[])[]): tf.Tensor =>
    tf.reshape(
      ordered(of, groups.flat()),
      groups.map((axes) => sizeFromShape(sizes(axes, of))),
    );
  const result = tf.matMul(matrices(a, batch, rows, inner), matrices(b, batch, inner, columns));
  return {
    tensor: tf.reshape(result, [...sizes(batch, a), ...sizes(rows, a), ...sizes(columns, b)]),
    axes: [...batch, ...rows, ...columns],
  };
};

/**
 * `tf.einsum` with one more letter for the samples, as sums and a matrix product: tfjs's own kernel is wrong for some
 * equations (`ai,a->a`), has no gradient, and is missing on wasm.
 */
export const einsum: BatchingRule = (call) => {
  const equation = String(call.attrs.equation).replace(/\s/g, '');
  const inputs = operands(call);
  const [left = '', right = '', ...more] = equation.split('->');
  const terms = left.split(',');
  const isSupported =
    equation.includes('->') &&
    more.length === 0 &&
    inputs.length <= 2 &&
    terms.length === inputs.length &&
    terms.every((term) => new Set(term).size === term.length) &&
    [...right].every((letter) => terms.some((term) => term.includes(letter)));
  if (!isSupported)
    invalidArgument('vmap: tf.einsum: equation', "like 'ij,jk->ik', for one or two tensors", equation);
  const batch = letters.find((letter) => !equation.includes(letter));
  if (batch === undefined) {
    throw new Error(`vmap: einsum's equation must leave a letter free for the samples, got '${equation}'`);
  }
  const named = terms.map((term, at): Named => {
    const { tensor, batched } = inputs[at]!;
    return { tensor, axes: [...(batched ? batch + term : term)] };
  });
  const output = [batch, ...right];
  const isKept = (axis: string): boolean => output.includes(axis);
  const [first, second] = named.map((one, at) =>
    summed(one, (axis) => isKept(axis) || named.some((other, i) => i !== at && other.axes.includes(axis))),
  );
  return ordered(second === undefined ? first! : product(first!, second, isKept), output);
};
