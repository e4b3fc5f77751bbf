import * as tf from '@tensorflow/tfjs-core';
import { type Pool, type PoolingOptions, pooling } from './pooling.ts';
import type { Unary } from './sequential.ts';

const pool: Pool = (x, kernel, stride) => tf.maxPool(x, kernel, stride, 'valid');

/**
 * The largest value of each channel under each window, `[batch, length, channels]` or without the batch axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv1d(1, 8, 3), tf.relu, maxPool1d(2));
 */
export const maxPool1d = (
  kernelSize: number | readonly [length: number],
  options: PoolingOptions<number | readonly [length: number]> = {},
): Unary => pooling('maxPool1d', 1, pool, Number.NEGATIVE_INFINITY, kernelSize, options);

/**
 * The largest value of each channel under each window, `[batch, height, width, channels]` or without the batch axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv2d(1, 8, 3), tf.relu, maxPool2d(2));
 */
export const maxPool2d = (
  kernelSize: number | readonly [height: number, width: number],
  options: PoolingOptions<number | readonly [height: number, width: number]> = {},
): Unary => pooling('maxPool2d', 2, pool, Number.NEGATIVE_INFINITY, kernelSize, options);

/**
 * The largest value of each channel under each window, `[batch, depth, height, width, channels]` or without the batch axis.
 *
 * @throws Error for a size that is not a positive integer, or padding of more than half the kernel; when called, for
 * an input of another rank or smaller than the kernel
 * @example
 * const net = sequential(conv3d(1, 8, 3), tf.relu, maxPool3d(2));
 */
export const maxPool3d = (
  kernelSize: number | readonly [depth: number, height: number, width: number],
  options: PoolingOptions<number | readonly [depth: number, height: number, width: number]> = {},
): Unary => pooling('maxPool3d', 3, pool, Number.NEGATIVE_INFINITY, kernelSize, options);
