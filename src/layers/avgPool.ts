import * as tf from '@tensorflow/tfjs-core';
import { type Pool, type PoolingOptions, pooling } from './pooling.ts';
import type { Unary } from './sequential.ts';

const pool: Pool = (x, kernel, stride) => tf.avgPool(x, kernel, stride, 'valid');

/**
 * The mean of each channel under each window, `[batch, length, channels]` or without the batch axis. Places of the padding count as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv1d(1, 8, 3), tf.relu, avgPool1d(2));
 */
export const avgPool1d = (
  kernelSize: number | readonly [length: number],
  options: PoolingOptions<number | readonly [length: number]> = {},
): Unary => pooling('avgPool1d', 1, pool, 0, kernelSize, options);

/**
 * The mean of each channel under each window, `[batch, height, width, channels]` or without the batch axis. Places of the padding count as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv2d(1, 8, 3), tf.relu, avgPool2d(2));
 */
export const avgPool2d = (
  kernelSize: number | readonly [height: number, width: number],
  options: PoolingOptions<number | readonly [height: number, width: number]> = {},
): Unary => pooling('avgPool2d', 2, pool, 0, kernelSize, options);

/**
 * The mean of each channel under each window, `[batch, depth, height, width, channels]` or without the batch axis. Places of the padding count as zeros.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv3d(1, 8, 3), tf.relu, avgPool3d(2));
 */
export const avgPool3d = (
  kernelSize: number | readonly [depth: number, height: number, width: number],
  options: PoolingOptions<number | readonly [depth: number, height: number, width: number]> = {},
): Unary => pooling('avgPool3d', 3, pool, 0, kernelSize, options);
