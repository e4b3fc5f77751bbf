import type { TensorInfo } from '@tensorflow/tfjs-core';

/** A tensor as one with a sample axis of size 1; it holds the same data. */
export const withSample = (tensor: TensorInfo): TensorInfo => ({
  dataId: tensor.dataId,
  dtype: tensor.dtype,
  shape: [1, ...tensor.shape],
});
