import { misuse, sameShape } from '../check/index.ts';
import { at, entries, isTensor } from '../tree/index.ts';

/**
 * Holds that a tree has a tensor of the same shape at each place where another has one, and no more of them.
 *
 * @throws Error naming the first path that differs
 * @example
 * assertFits('scale: gradient', gradient, params);
 */
export const assertFits = (argument: string, tree: unknown, like: unknown): void => {
  const expected = entries(like);
  for (const { path, tensor } of expected) {
    const found = at(path)(tree);
    if (!isTensor(found) || !sameShape(found.shape, tensor.shape)) {
      misuse(`${argument} at '${path.join('.')}'`, `a tensor of shape [${tensor.shape.join(', ')}]`, found);
    }
  }
  const more = entries(tree).find(({ path }) => !isTensor(at(path)(like)));
  if (more !== undefined) {
    misuse(`${argument} at '${more.path.join('.')}'`, 'absent, as there is no such parameter', more.tensor);
  }
};
