import { reshape, slice, stack as stackTensors } from '@tensorflow/tfjs-core';
import { describe, invalidArgument, sameShape } from '../check/index.ts';
import { at, entries, isTensor, map, unflatten } from './tensors.ts';
import { tidied } from './tidied.ts';
import { pathName } from './tree.ts';

/** A tensor by its path, in messages. */
const named = (path: readonly string[]): string => (path.length === 0 ? '' : `, '${pathName(path)}'`);

/**
 * Stacks trees of the same structure tensor by tensor, along a new axis: the parameters of networks trained apart become
 * those of an ensemble. Other leaves are taken from the first tree. The caller keeps the trees.
 *
 * @param axis the position of the new axis; default 0
 * @throws Error unless there is at least one tree, and naming the path of a tensor that another tree lacks or has of
 * another shape or dtype
 * @example
 * const both = tree.stack([{ weight: tf.ones([2, 3]) }, { weight: tf.zeros([2, 3]) }]);
 * console.log(both.weight.shape); // [2, 2, 3]
 */
export const stack = <T>(trees: readonly T[], axis = 0): T => {
  if (!Array.isArray(trees) || trees.length === 0)
    invalidArgument('tree.stack: trees', 'a list of at least one tree', trees);
  const [first, ...others] = trees as readonly [T, ...T[]];
  const own = entries(first);
  others.forEach((other, index) => {
    for (const { path, tensor } of own) {
      const found = at(path)(other);
      const fits = isTensor(found) && sameShape(found.shape, tensor.shape) && found.dtype === tensor.dtype;
      if (!fits)
        invalidArgument(
          `tree.stack: tree ${index + 1}${named(path)}`,
          `${describe(tensor)}, as in tree 0`,
          found,
        );
    }
    const known = new Set(own.map(({ path }) => JSON.stringify(path)));
    const extra = entries(other).find(({ path }) => !known.has(JSON.stringify(path)));
    if (extra !== undefined)
      invalidArgument(
        `tree.stack: tree ${index + 1}${named(extra.path)}`,
        'left out, as in tree 0',
        extra.tensor,
      );
  });
  return map((_, path) =>
    stackTensors(
      trees.map((each) => at(path)(each) as ReturnType<typeof reshape>),
      axis,
    ),
  )(first) as T;
};

/**
 * The trees that a tree of stacked tensors is made of, along the first axis: the parameters of each member of an ensemble.
 * The caller owns the new tensors, and keeps the old ones.
 *
 * @throws Error naming the path of a tensor without axes, or whose first axis has another length than that of the first
 * tensor, and for a tree without tensors
 * @example
 * const [first, second] = tree.unstack({ weight: tf.tensor2d([[1, 2], [3, 4]]) });
 * console.log(second!.weight.dataSync().join()); // 3,4
 */
export const unstack = <T>(stacked: T): readonly T[] => {
  const all = entries(stacked);
  const count = all[0]?.tensor.shape[0];
  if (all.length === 0) invalidArgument('tree.unstack: tree', 'one with at least one tensor', stacked);
  for (const { path, tensor } of all) {
    if (tensor.rank === 0 || tensor.shape[0] !== count)
      invalidArgument(
        `tree.unstack: tree${named(path)}`,
        `a tensor whose first axis has the length ${count ?? 'of the others'}`,
        tensor,
      );
  }
  return tidied(() =>
    Array.from({ length: count! }, (_, index) =>
      unflatten(stacked)(all.map(({ tensor }) => reshape(slice(tensor, index, 1), tensor.shape.slice(1)))),
    ),
  );
};
