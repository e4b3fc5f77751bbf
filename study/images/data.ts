import * as tf from '@tensorflow/tfjs-core';
import { type Dataset, type Images, loadImages } from '../../examples/lenet/data.ts';

export type { Dataset, Images };

/** How many images are read of each set. */
export interface Sizes {
  /** Training images, of which the last `held` are held back for temperature scaling. */
  readonly train: number;
  readonly held: number;
  readonly test: number;
  /** Test images that are rotated. */
  readonly rotated: number;
}

/** The images of a study. */
export interface ImageSets {
  readonly train: Images;
  readonly held: Images;
  readonly test: Images;
  /** Test images of the other data set, which the network should be uncertain about. */
  readonly other: tf.Tensor;
}

const others: Readonly<Record<Dataset, Dataset>> = { mnist: 'fashion', fashion: 'mnist' };

const part = ({ images, labels }: Images, from: number, count: number): Images => ({
  images: tf.slice(images, from, count),
  labels: tf.slice(labels, from, count),
});

/** Reads the images of a data set, and those of the other one. */
export const imageSets = (dataset: Dataset, { train, held, test }: Sizes): ImageSets => {
  const all = loadImages(dataset, undefined, 'train', train);
  const sets = {
    train: part(all, 0, train - held),
    held: part(all, train - held, held),
    test: loadImages(dataset, undefined, 't10k', test),
  };
  const other = loadImages(others[dataset], undefined, 't10k', test);
  tf.dispose([all.images, all.labels, other.labels]);
  return { ...sets, other: other.images };
};

/** Images turned by an angle in degrees, with black where there was nothing. */
export const turned = (images: tf.Tensor, degrees: number): tf.Tensor =>
  degrees === 0
    ? tf.clone(images)
    : tf.image.rotateWithOffset(images as tf.Tensor4D, (degrees * Math.PI) / 180, 0, 0.5);
