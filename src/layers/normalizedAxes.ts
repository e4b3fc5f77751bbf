import type { Tensor } from '@tensorflow/tfjs-core';
import { misuse, positiveInteger, sameShape } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

/**
 * The shape of the axes that a normalization runs over.
 *
 * @throws Error if it is not made of positive integers
 * @example
 * normalizedAxes('layerNorm', 8); // [8]
 */
export const normalizedAxes = (name: string, shape: number | readonly number[]): readonly number[] => {
  const axes = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(axes) || axes.length === 0) {
    misuse(`${name}: normalizedShape`, 'a positive integer or an array of them', shape);
  }
  return axes.map((size) => positiveInteger(`${name}: normalizedShape`, size));
};

/**
 * The numbers of the last axes, if a tensor ends with a shape.
 *
 * @throws Error naming PyTorch's rule otherwise
 * @example
 * trailingAxes('layerNorm', [8], tf.zeros([2, 8])); // [1]
 */
export const trailingAxes = (name: string, shape: readonly number[], x: Tensor): readonly number[] => {
  if (!isTensor(x) || !sameShape(x.shape.slice(-shape.length), shape)) {
    misuse(`${name}: input`, `a tensor whose last axes are the normalizedShape [${shape.join(', ')}]`, x);
  }
  return shape.map((_, index) => x.rank - shape.length + index);
};

/**
 * The small number under a root.
 *
 * @throws Error if it is below 0 or not finite
 * @example
 * checkedEps('layerNorm', 1e-5); // 1e-5
 */
export const checkedEps = (name: string, eps: number): number =>
  typeof eps === 'number' && Number.isFinite(eps) && eps >= 0
    ? eps
    : misuse(`${name}: eps`, 'a finite number of at least 0', eps);
