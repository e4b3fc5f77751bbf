import * as tf from '@tensorflow/tfjs-core';
import type { Site } from '../layers/index.ts';
import { variableTree } from '../layers/resolve.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import type { AnyModel } from '../transforms/model.ts';
import { entries, map, type Path, tidied } from '../tree/index.ts';

/** A tensor that is to be: all of it but the values. */
export interface Expected {
  readonly path: Path;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A tree that is to be: its structure, with `null` in the place of each tensor, and the tensors. */
export interface Blueprint {
  readonly tree: unknown;
  readonly tensors: readonly Expected[];
}

/** A tree without its values. */
export const blueprintOf = (tree: unknown): Blueprint => ({
  tree: map(() => null)(tree),
  tensors: entries(tree).map(({ path, tensor: { shape, dtype } }) => ({ path, shape: [...shape], dtype })),
});

/**
 * The tree that a checkpoint of a model has to hold: `{ params }`, and beside it `optimizer` where there is one.
 * It comes from zero means, so that nothing has to be drawn.
 *
 * @example
 * expectedOf(model).tensors; // [{ path: ['params', '0', 'weight', 'mean'], shape: [784, 64], dtype: 'float32' }, ...]
 */
export const expectedOf = (
  { network }: AnyModel,
  optimizer?: Pick<GradientTransformation<unknown>, 'init'>,
): Blueprint => {
  const found: { current?: Blueprint } = {};
  tidied(() => {
    const zeros = ({ posterior, shape, fanIn }: Site) => posterior.init(tf.zeros([...shape]), fanIn);
    const params = variableTree(zeros)(network);
    found.current = blueprintOf(
      optimizer === undefined ? { params } : { params, optimizer: optimizer.init(params) },
    );
    return [];
  });
  return found.current as Blueprint;
};
