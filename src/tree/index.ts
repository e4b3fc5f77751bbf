export { at, dispose, entries, isTensor, leaves, type Mapped, map, unflatten, zipWith } from './tensors.ts';
export { tidied } from './tidied.ts';
export { traverse, type Visit } from './traverse.ts';
export { isNode, type Path, type Tree } from './tree.ts';
