import type { Tensor } from '@tensorflow/tfjs-core';
import { misuse, sameShape } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

/** What to write for targets that lack the axis of a single output. */
const instead = (output: Tensor, target: unknown): string | undefined => {
  const rows = output.shape.slice(0, -1);
  return isTensor(target) && output.shape.at(-1) === 1 && output.rank > 1 && sameShape(target.shape, rows)
    ? 'tf.expandDims(targets, -1) makes a column of them'
    : undefined;
};

/**
 * The target, if it is a tensor of the output's shape: one that broadcasts would be scored against every row.
 *
 * @throws Error naming the likelihood otherwise
 * @example
 * targetLike('poisson', tf.zeros([2, 1]), tf.ones([2, 1]));
 */
export const targetLike = (name: string, output: Tensor, target: Tensor): Tensor => {
  if (!isTensor(output)) return misuse(`${name}: output`, 'a tensor', output);
  return isTensor(target) && sameShape(output.shape, target.shape)
    ? target
    : misuse(
        `${name}: targets`,
        `of the output's shape [${output.shape.join(', ')}]`,
        target,
        instead(output, target),
      );
};
