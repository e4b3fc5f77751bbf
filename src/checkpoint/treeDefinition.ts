import * as tf from '@tensorflow/tfjs-core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { parameterTree } from '../layers/core/resolve.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import { key } from '../random/index.ts';
import type { AnyModel } from '../transforms/model.ts';
import { mapLeaves } from '../tree/everyLeaf.ts';
import { at, entries, map, type Path, tidied } from '../tree/index.ts';
import type { Loaded, Values } from './safetensors/values.ts';
import { leafLike } from './structure.ts';

/**
 * A path as one name: its parts joined by dots, with dots in a part escaped, so that no two paths share a name.
 *
 * @example
 * tensorName(['params', '0', 'weight']); // 'params.0.weight'
 * tensorName(['a.b', 'c']); // 'a\\.b.c'
 */
export const tensorName = (path: Path): string =>
  path.map((part) => part.replace(/[\\.]/g, (char) => `\\${char}`)).join('.');

/** An expected tensor, without its values. */
export interface Expected {
  readonly path: Path;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** An expected tree: its structure, with `null` for each tensor, and the tensors. */
export interface TreeDefinition {
  readonly tree: unknown;
  readonly tensors: readonly Expected[];
}

/** A tree without its values. */
const treeDefinition = (tree: unknown): TreeDefinition => ({
  tree: map(() => null)(tree),
  tensors: entries(tree).map(({ path, tensor: { shape, dtype } }) => ({ path, shape: [...shape], dtype })),
});

/**
 * The tree that a checkpoint of a model must hold: `{ params }`, and `optimizer` if there is one. It is computed from
 * zero means, without sampling.
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
    const params = parameterTree({
      variable: ({ posterior, shape, fanIn }) => posterior.init(tf.zeros([...shape]), fanIn, key(0)),
      statistic: ({ shape }) => tf.zeros([...shape]),
    })(network);
    found.current = treeDefinition(
      optimizer === undefined ? { params } : { params, optimizer: optimizer.init(params) },
    );
    return [];
  });
  return found.current as TreeDefinition;
};

/** A tensor from values, with the dtype of their type. */
export const toTensor = (values: Values, shape: readonly number[]): Tensor =>
  tensor(
    values,
    [...shape],
    values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'bool',
  );

/**
 * Fills in the leaves of a blueprint: tensors from the loaded values, other leaves from the structure, which must have
 * been compared with the blueprint before.
 */
export const rebuilt = (blueprint: unknown, structure: unknown, tensors: Loaded): unknown =>
  tidied(() =>
    mapLeaves((leaf, path) => {
      const read = tensors.get(tensorName(path));
      return read === undefined
        ? leafLike(leaf, at(path)(structure))?.value
        : toTensor(read.values, read.shape);
    })(blueprint),
  );
