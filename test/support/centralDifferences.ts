import * as tf from '@tensorflow/tfjs-core';
import { fastest } from './backends.ts';
import { expectNumbers, valuesOfEach } from './numbers.ts';

/** Directions in which a GPU made of software, where each value takes long, tries a larger tensor. */
const few = 3;

/** Those of the axes, or a few diagonals of a cube, which every element has its part in. All have length 1. */
const unitDirections = (size: number): readonly (readonly number[])[] =>
  fastest !== 'webgpu' || size <= few
    ? Array.from({ length: size }, (_, k) => Array.from({ length: size }, (__, i) => (i === k ? 1 : 0)))
    : Array.from({ length: few }, (_, k) =>
        Array.from({ length: size }, (__, i) => (Math.sin((k + 2) * (i + 1)) < 0 ? -1 : 1) / Math.sqrt(size)),
      );

const read = (f: () => readonly tf.Tensor[]): readonly (readonly number[])[] => {
  const made = tf.tidy(() => [...f()]);
  const numbers = valuesOfEach(made);
  tf.dispose(made);
  return numbers;
};

interface Limits {
  readonly step?: number;
  readonly tolerance?: number;
}

/**
 * Compares the gradients of a scalar function of several tensors with central differences, element by element. The
 * tolerance allows for float32: rounding of about 1e-7 / step beside the curvature's step^2.
 */
export const expectGradients = (
  f: (xs: readonly tf.Tensor[]) => tf.Tensor,
  xs: readonly tf.Tensor[],
  { step = 2e-2, tolerance = 2e-3 }: Limits = {},
): void => {
  const valueAt = (index: number, there: readonly number[]): tf.Tensor =>
    tf.tidy(() => tf.sum(f(xs.map((x, i) => (i === index ? tf.tensor([...there], x.shape) : x)))));
  const pairs = valuesOfEach(xs).flatMap((at, index) =>
    unitDirections(at.length).map((direction) => {
      const moved = (by: number) => at.map((value, i) => Math.fround(value + by * direction[i]!));
      const [up, down] = [moved(step), moved(-step)];
      // As far as the rounded points are apart along the direction.
      const apart = direction.reduce((sum, along, i) => sum + along * (up[i]! - down[i]!), 0);
      return { index, direction, up, down, apart };
    }),
  );
  const sums = read(() =>
    pairs.flatMap(({ index, up, down }) => [valueAt(index, up), valueAt(index, down)]),
  ).map(([sum]) => sum!);
  const gradients = read(() => tf.grads((...ys) => tf.sum(f(ys)))([...xs]));
  xs.forEach((_, index) => {
    const own = pairs.flatMap((pair, k) =>
      pair.index === index ? [{ ...pair, difference: (sums[2 * k]! - sums[2 * k + 1]!) / pair.apart }] : [],
    );
    const along = own.map(({ direction }) =>
      direction.reduce((sum, part, i) => sum + (part === 0 ? 0 : part * gradients[index]![i]!), 0),
    );
    expectNumbers(
      along,
      own.map(({ difference }) => difference),
      tolerance,
    );
  });
};

/** As above, of one tensor. */
export const expectGradient = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, limits: Limits = {}): void =>
  expectGradients(([y]) => f(y!), [x], limits);
