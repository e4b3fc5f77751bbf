import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { mapLeaves } from '../tree/everyLeaf.ts';
import { at, tidied } from '../tree/index.ts';
import type { Loaded } from './decode.ts';
import type { Values } from './floats.ts';
import { nameOf } from './place.ts';
import { leafLike } from './structure.ts';

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
      const read = tensors.get(nameOf(path));
      return read === undefined
        ? leafLike(leaf, at(path)(structure))?.value
        : tensorOf(read.values, read.shape);
    })(blueprint),
  );
