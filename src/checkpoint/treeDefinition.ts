import * as tf from '@tensorflow/tfjs-core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { variableTree } from '../layers/core/resolve.ts';
import type { Site } from '../layers/index.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import type { AnyModel } from '../transforms/model.ts';
import { mapLeaves } from '../tree/everyLeaf.ts';
import { at, entries, map, type Path, tidied } from '../tree/index.ts';
import type { Loaded, Values } from './safetensors/values.ts';
import { leafLike } from './structure.ts';

/**
 * A path as one name: its parts joined by dots, and dots within a part escaped, so that no two paths share a name.
 *
 * @example
 * tensorName(['params', '0', 'weight']); // 'params.0.weight'
 * tensorName(['a.b', 'c']); // 'a\\.b.c'
 */
export const tensorName = (path: Path): string =>
  path.map((part) => part.replace(/[\\.]/g, (char) => `\\${char}`)).join('.');

/** A tensor that is to be: all of it but the values. */
export interface Expected {
  readonly path: Path;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A tree that is to be: its structure, with `null` in the place of each tensor, and the tensors. */
export interface TreeDefinition {
  readonly tree: unknown;
  readonly tensors: readonly Expected[];
}

/** A tree without its values. */
export const treeDefinition = (tree: unknown): TreeDefinition => ({
  tree: map(() => null)(tree),
  tensors: entries(tree).map(({ path, tensor: { shape, dtype } }) => ({ path, shape: [...shape], dtype })),
});

/**
 * The tree that a checkpoint of a model has to hold: `{ params }`, and beside it `optimizer` where there is one.
 * It comes from zero means, so that nothing has to be drawn.
 *
 * @example
 * expectedTree(model).tensors; // [{ path: ['params', '0', 'weight', 'mean'], shape: [784, 64], dtype: 'float32' }, ...]
 */
export const expectedTree = (
  { network }: AnyModel,
  optimizer?: Pick<GradientTransformation<unknown>, 'init'>,
): TreeDefinition => {
  const found: { current?: TreeDefinition } = {};
  tidied(() => {
    const zeros = ({ posterior, shape, fanIn }: Site) => posterior.init(tf.zeros([...shape]), fanIn);
    const params = variableTree(zeros)(network);
    found.current = treeDefinition(
      optimizer === undefined ? { params } : { params, optimizer: optimizer.init(params) },
    );
    return [];
  });
  return found.current as TreeDefinition;
};

/** A tensor of values, whose kind is that of its dtype. */
export const tensorOf = (values: Values, shape: readonly number[]): Tensor =>
  tensor(
    values,
    [...shape],
    values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'bool',
  );

/**
 * The tree of a blueprint with its leaves filled in: tensors made of the values read, other leaves of the structure,
 * which must have been compared with the blueprint before.
 */
export const rebuilt = (blueprint: unknown, structure: unknown, tensors: Loaded): unknown =>
  tidied(() =>
    mapLeaves((leaf, path) => {
      const read = tensors.get(tensorName(path));
      return read === undefined
        ? leafLike(leaf, at(path)(structure))?.value
        : tensorOf(read.values, read.shape);
    })(blueprint),
  );
