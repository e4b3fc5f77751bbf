import { sameShape } from '../check/index.ts';
import { at, entries, isTensor } from './tensors.ts';
import type { Path } from './tree.ts';

/** A path at which a tree does not match its definition. */
export interface Misfit {
  readonly path: Path;
  /** The expected tensor's shape; `undefined` where no tensor is expected. */
  readonly shape: readonly number[] | undefined;
  readonly found: unknown;
}

/**
 * The first path whose expected tensor is missing or has another shape, or else that of an unexpected tensor.
 *
 * @example
 * firstMisfit({ a: tf.ones([2]), b: tf.ones([3]) }, [{ path: ['a'], shape: [2] }])?.path; // ['b']
 */
export const firstMisfit = (
  tree: unknown,
  wanted: readonly { readonly path: Path; readonly shape: readonly number[] }[],
): Misfit | undefined => {
  for (const { path, shape } of wanted) {
    const found = at(path)(tree);
    if (!isTensor(found) || !sameShape(found.shape, shape)) return { path, shape, found };
  }
  const all = entries(tree);
  if (all.length === wanted.length) return undefined;
  const known = new Set(wanted.map(({ path }) => JSON.stringify(path)));
  const more = all.find(({ path }) => !known.has(JSON.stringify(path)));
  return more && { path: more.path, shape: undefined, found: more.tensor };
};
