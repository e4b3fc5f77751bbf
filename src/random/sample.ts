import { engine, getBackend, getKernel, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import type { DrawKernel } from '../backend/drawKernels.ts';
import { misuse } from '../check/index.ts';
import { unstackBatch } from '../vmap/batchable.ts';
import { batchTracer } from '../vmap/tracer.ts';
import { checkKey, contentOf, isKeyBatch, type Key, type Words } from './key.ts';

/** Writes one key's `size` values to `out`, from `at` on. */
export type Draw<A> = (words: Words, out: A, at: number, size: number) => void;

interface BatchAxis {
  readonly level: number;
  readonly size: number;
}

/** The batch axes of a key, outermost `vmap` first. */
const axesOf = (key: Key): readonly BatchAxis[] => {
  const inner = contentOf(key);
  if (!isKeyBatch(inner)) return [];
  const deeper = inner.keys.flatMap(axesOf).filter(({ level }) => level !== inner.level);
  return [{ level: inner.level, size: inner.keys.length }, ...deeper]
    .filter(({ level }, at, all) => all.findIndex((other) => other.level === level) === at)
    .sort((a, b) => a.level - b.level);
};

/** The words of all keys in a batch, in the order of the axes; a key that lacks an axis is repeated along it. */
const wordsAlong = (axes: readonly BatchAxis[], key: Key): readonly Words[] => {
  const [first, ...rest] = axes;
  if (first === undefined) return [contentOf(key) as Words];
  const keys = key[unstackBatch](first.level, first.size) as readonly Key[];
  return keys.flatMap((item) => wordsAlong(rest, item));
};

const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);

/**
 * The shape, if it is one.
 *
 * @throws Error naming the argument otherwise
 */
export const checkShape = (argument: string, shape: unknown): readonly number[] =>
  isShape(shape) ? shape : misuse(argument, 'a list of non-negative integers', shape);

const arrays = { float32: Float32Array, int32: Int32Array } as const;

/** Arrays of values for each dtype that samplers give. */
export interface Arrays {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}

/** How a sampler makes its values: in JavaScript, and on a backend that has the kernel, if there is one, there. */
export interface Sampler<D extends keyof Arrays> {
  readonly dtype: D;
  readonly draw: Draw<Arrays[D]>;
  readonly kernel?: DrawKernel;
}

/** One tensor of what each of the keys gives. Which way the values are made is decided here alone. */
const filled = <D extends keyof Arrays>(
  { dtype, draw, kernel }: Sampler<D>,
  keys: readonly Words[],
  shape: number[],
): Tensor => {
  if (kernel && getKernel(kernel.name, getBackend())) {
    const words = keys.flatMap(({ k0, k1 }) => [k0, k1]);
    return engine().runKernel(kernel.name, {}, { ...kernel.attrs, words, shape }) as Tensor;
  }
  const total = util.sizeFromShape(shape);
  const values = new arrays[dtype](total) as Arrays[D];
  const size = total / keys.length;
  keys.forEach((words, index) => {
    draw(words, values, index * size, size);
  });
  return tensor(values, shape, dtype);
};

/**
 * A tensor of random values from a key. All samples of a batch of keys are written into one tensor, for which
 * the result is a tracer.
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
  const axes = axesOf(key);
  const all = wordsAlong(axes, key);
  const physical = filled(sampler, all, [...axes.map((axis) => axis.size), ...each]);
  return axes.reduce((inner, { level }) => batchTracer(inner, level), physical);
};
