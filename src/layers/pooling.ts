import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { volume } from '../ops/convolutionGeometry.ts';
import { type AnySize, perAxis } from './convolution/options.ts';
import type { Unary } from './core/part.ts';
import { batchedInput } from './inputs.ts';

/** Options of pooling, with PyTorch's names and meanings. A single number applies to every axis. */
export interface PoolingOptions<Size> {
  /** The step between windows; default the kernel's size. */
  readonly stride?: Size;
  /** Elements added on both sides of each axis, at most half the kernel; default 0. */
  readonly padding?: Size;
}

const optionNames: OptionNames<PoolingOptions<never>> = { stride: true, padding: true };

/** Pooling of images `[batch, height, width, channels]` without padding. */
export type Pool = (
  x: tf.Tensor4D,
  kernel: [height: number, width: number],
  stride: [height: number, width: number],
) => tf.Tensor;

type Size3d = readonly [depth: number, height: number, width: number];

/** Pools planes first, then depth. (tfjs's wasm kernel for volumes ignores negative values in the maximum.) */
const poolVolumes = (pool: Pool, x: tf.Tensor, kernel: Size3d, stride: Size3d): tf.Tensor => {
  const [batch, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const planes: tf.Tensor4D = tf.reshape(x, [batch * depth, height, width, channels]);
  const flat = pool(planes, [kernel[1], kernel[2]], [stride[1], stride[2]]);
  const [, rows, columns] = flat.shape as [number, number, number];
  if (depth === 1) return tf.reshape(flat, [batch, 1, rows, columns, channels]);
  const deep: tf.Tensor4D = tf.reshape(flat, [batch, depth, rows * columns, channels]);
  const whole = pool(deep, [kernel[0], 1], [stride[0], 1]);
  return tf.reshape(whole, [batch, whole.shape[1]!, rows, columns, channels]);
};

/** Pooling over one, two or three axes; `pool` receives images padded with `value`. */
const pooling = (
  name: string,
  axes: number,
  pool: Pool,
  value: number,
  kernelSize: AnySize,
  options: PoolingOptions<AnySize>,
): Unary => {
  knownOptions(name, options, optionNames);
  const kernel = perAxis(`${name}: kernelSize`, axes, kernelSize, 1);
  const stride = perAxis(`${name}: stride`, axes, options.stride ?? kernel, 1);
  const padding = perAxis(`${name}: padding`, axes, options.padding ?? 0, 0);
  if (padding.some((places, axis) => 2 * places > kernel[axis]!))
    invalidArgument(
      `${name}: padding`,
      `at most half of the kernel, [${kernel.join(', ')}]`,
      options.padding,
    );
  const pads: [number, number][] = [[0, 0], ...padding.map((n): [number, number] => [n, n]), [0, 0]];
  const pooled: Unary = (x) => {
    const padded = padding.every((places) => places === 0) ? x : tf.pad(x, pads, value);
    if (padded.shape.slice(1, -1).some((size, axis) => size < kernel[axis]!))
      invalidArgument(`${name}: input`, `at least as large as the kernel, [${kernel.join(', ')}]`, x);
    const volumes = tf.reshape(padded, [
      x.shape[0]!,
      ...volume(padded.shape.slice(1, -1), 1),
      x.shape.at(-1)!,
    ]);
    const y = poolVolumes(pool, volumes, volume(kernel, 1), volume(stride, 1));
    return tf.reshape(y, [y.shape[0]!, ...y.shape.slice(4 - axes)]);
  };
  return (x) => tf.tidy(() => batchedInput(`${name}: input`, axes, x, pooled));
};

const averaged: Pool = (x, kernel, stride) => tf.avgPool(x, kernel, stride, 'valid');

/**
 * Average pooling: the mean of each channel in each window of `[batch, length, channels]`, with or without the batch
 * axis. Padding counts as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv1d(1, 8, 3), tf.relu, avgPool1d(2));
 */
export const avgPool1d = (
  kernelSize: number | readonly [length: number],
  options: PoolingOptions<number | readonly [length: number]> = {},
): Unary => pooling('avgPool1d', 1, averaged, 0, kernelSize, options);

/**
 * Average pooling: the mean of each channel in each window of `[batch, height, width, channels]`, with or without the
 * batch axis. Padding counts as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv2d(1, 8, 3), tf.relu, avgPool2d(2));
 */
export const avgPool2d = (
  kernelSize: number | readonly [height: number, width: number],
  options: PoolingOptions<number | readonly [height: number, width: number]> = {},
): Unary => pooling('avgPool2d', 2, averaged, 0, kernelSize, options);

/**
 * Average pooling: the mean of each channel in each window of `[batch, depth, height, width, channels]`, with or without
 * the batch axis. Padding counts as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv3d(1, 8, 3), tf.relu, avgPool3d(2));
 */
export const avgPool3d = (
  kernelSize: number | readonly [depth: number, height: number, width: number],
  options: PoolingOptions<number | readonly [depth: number, height: number, width: number]> = {},
): Unary => pooling('avgPool3d', 3, averaged, 0, kernelSize, options);

const largest: Pool = (x, kernel, stride) => tf.maxPool(x, kernel, stride, 'valid');

/**
 * Max pooling: the largest value of each channel in each window of `[batch, length, channels]`, with or without the batch
 * axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv1d(1, 8, 3), tf.relu, maxPool1d(2));
 */
export const maxPool1d = (
  kernelSize: number | readonly [length: number],
  options: PoolingOptions<number | readonly [length: number]> = {},
): Unary => pooling('maxPool1d', 1, largest, Number.NEGATIVE_INFINITY, kernelSize, options);

/**
 * Max pooling: the largest value of each channel in each window of `[batch, height, width, channels]`, with or without the
 * batch axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv2d(1, 8, 3), tf.relu, maxPool2d(2));
 */
export const maxPool2d = (
  kernelSize: number | readonly [height: number, width: number],
  options: PoolingOptions<number | readonly [height: number, width: number]> = {},
): Unary => pooling('maxPool2d', 2, largest, Number.NEGATIVE_INFINITY, kernelSize, options);

/**
 * Max pooling: the largest value of each channel in each window of `[batch, depth, height, width, channels]`, with or
 * without the batch axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv3d(1, 8, 3), tf.relu, maxPool3d(2));
 */
export const maxPool3d = (
  kernelSize: number | readonly [depth: number, height: number, width: number],
  options: PoolingOptions<number | readonly [depth: number, height: number, width: number]> = {},
): Unary => pooling('maxPool3d', 3, largest, Number.NEGATIVE_INFINITY, kernelSize, options);
