import { engine, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { DrawKernel } from '../ops/draws.ts';
import { hasKernel } from '../ops/registry.ts';
import { batchedKeys } from './batchedKeys.ts';
import { checkKey, type Key, type Words } from './key.ts';

/** Writes one key's `size` values to `out`, from `at` on. */
export type Draw<A> = (words: Words, out: A, at: number, size: number) => void;

const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);

/**
 * The value, if it is a shape.
 *
 * @param example a call with its arguments in order, for the message
 * @throws Error naming the argument otherwise
 * @example
 * checkShape('random.normal: shape', [2, 3]); // [2, 3]
 */
export const checkShape = (argument: string, shape: unknown, example?: string): readonly number[] =>
  isShape(shape)
    ? shape
    : invalidArgument(
        argument,
        `a list of non-negative integers${example ? `, as in ${example}` : ''}`,
        shape,
      );

const arrays = { float32: Float32Array, int32: Int32Array } as const;

/** The typed array of each dtype that samplers return. */
export interface Arrays {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}

/** How a sampler computes its values: in JavaScript, or by a kernel on a backend that has it. */
export interface Sampler<D extends keyof Arrays> {
  readonly dtype: D;
  readonly draw: Draw<Arrays[D]>;
  readonly kernel?: DrawKernel;
}

/** One tensor with the values of every key. The only place that chooses between JavaScript and the kernel. */
const filled = <D extends keyof Arrays>(
  fn: string,
  { dtype, draw, kernel }: Sampler<D>,
  keys: readonly Words[],
  shape: number[],
): Tensor => {
  if (kernel && hasKernel(kernel.name)) {
    const words = keys.flatMap(({ k0, k1 }) => [k0, k1]);
    return engine().runKernel(kernel.name, {}, { ...kernel.attrs, words, shape }) as Tensor;
  }
  const total = util.sizeFromShape(shape);
  const values = new arrays[dtype](total) as Arrays[D];
  const size = total / keys.length;
  keys.forEach((words, index) => {
    words.watch?.read(fn);
    draw(words, values, index * size, size);
  });
  return tensor(values, shape, dtype);
};

/**
 * A tensor of random values from a key. A batch of keys writes all its samples to one tensor, and the result is a
 * tracer for it.
 *
 * @throws Error naming `fn` if `key` is not a key or `shape` not a shape
 */
export const sample = <D extends keyof Arrays>(
  fn: string,
  key: Key,
  shape: readonly number[],
  sampler: Sampler<D>,
): Tensor => {
  checkKey(`${fn}: key`, key);
  const each = [...checkShape(`${fn}: shape`, shape)];
  const { sizes, words, lifted } = batchedKeys(key);
  return lifted(filled(fn, sampler, words, [...sizes, ...each]));
};
