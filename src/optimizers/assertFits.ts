import { misuse } from '../check/index.ts';
import { firstMisfit } from '../tree/firstMisfit.ts';
import { entries } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';

/**
 * Holds that a tree has a tensor of the same shape at each place where another has one, and no more of them.
 *
 * @throws Error naming the first path that differs
 * @example
 * assertFits('scale: gradient', gradient, params);
 */
export const assertFits = (argument: string, tree: unknown, like: unknown): void => {
  const wanted = entries(like).map(({ path, tensor }) => ({ path, shape: tensor.shape }));
  const misfit = firstMisfit(tree, wanted);
  if (misfit === undefined) return;
  const { path, shape, found } = misfit;
  misuse(
    `${argument} at '${pathName(path)}'`,
    shape === undefined ? 'absent, as there is no such parameter' : `a tensor of shape [${shape.join(', ')}]`,
    found,
  );
};
