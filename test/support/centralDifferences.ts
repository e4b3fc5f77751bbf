import * as tf from '@tensorflow/tfjs-core';
import { fastest } from './backends.ts';
import { expectNumbers, take, values, valuesOfEach } from './numbers.ts';

/** Directions in which a GPU made of software, where each value takes long, tries a larger tensor. */
const few = 3;

/** Those of the axes, or a few diagonals of a cube, which every element has its part in. All have length 1. */
const directionsOf = (size: number): readonly (readonly number[])[] =>
  fastest !== 'webgpu' || size <= few
    ? Array.from({ length: size }, (_, k) => Array.from({ length: size }, (__, i) => (i === k ? 1 : 0)))
    : Array.from({ length: few }, (_, k) =>
        Array.from({ length: size }, (__, i) => (Math.sin((k + 2) * (i + 1)) < 0 ? -1 : 1) / Math.sqrt(size)),
      );

/**
 * Compares the gradient of a scalar function with central differences, element by element. The tolerance
 * allows for float32: rounding of about 1e-7 / step beside the curvature's step^2.
 */
export const expectGradient = (
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { step = 2e-2, tolerance = 2e-3 }: { readonly step?: number; readonly tolerance?: number } = {},
): void => {
  const at = values(x);
  const directions = directionsOf(at.length);
  const valueAt = (there: readonly number[]): tf.Scalar =>
    tf.tidy(() => tf.sum(f(tf.tensor([...there], x.shape))));
  const pairs = directions.map((direction) => {
    const moved = (by: number) => at.map((value, i) => Math.fround(value + by * direction[i]!));
    const [up, down] = [moved(step), moved(-step)];
    // As far as the rounded points are apart along the direction.
    const apart = direction.reduce((sum, along, i) => sum + along * (up[i]! - down[i]!), 0);
    return { up, down, apart };
  });
  const sums = tf.tidy(() =>
    valuesOfEach(pairs.flatMap(({ up, down }) => [valueAt(up), valueAt(down)])).map(([sum]) => sum!),
  );
  const differences = pairs.map(({ apart }, k) => (sums[2 * k]! - sums[2 * k + 1]!) / apart);
  const gradient = take(tf.tidy(() => tf.grad((y: tf.Tensor) => tf.sum(f(y)))(x)));
  const along = directions.map((direction) =>
    direction.reduce((sum, part, i) => sum + (part === 0 ? 0 : part * gradient[i]!), 0),
  );
  expectNumbers(along, differences, tolerance);
};
