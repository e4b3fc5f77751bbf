import type * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';

/** A tree with the bits of every tensor in its place, to be compared in full. */
export const readBits = (value: unknown): unknown =>
  tree.map((tensor: tf.Tensor) => {
    const values = tensor.dataSync();
    return {
      shape: tensor.shape,
      dtype: tensor.dtype,
      bits: Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).join(),
    };
  })(value);
