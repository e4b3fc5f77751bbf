/**
 * Functions on trees of tensors, such as parameters.
 *
 * @module
 */

export { stack, unstack } from './stack.ts';
export {
  at,
  dispose,
  entries,
  type Flattened,
  flatten,
  isTensor,
  leaves,
  type Mapped,
  map,
  reduce,
  unflatten,
  zipWith,
} from './tensors.ts';
export { tidied } from './tidied.ts';
export { isNode, type Path, type Tree } from './tree.ts';
