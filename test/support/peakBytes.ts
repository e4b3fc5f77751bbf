import * as tf from '@tensorflow/tfjs-core';

/**
 * The most bytes that tensors held at any time while a function ran, beyond those that they held before: TensorFlow.js
 * counts them with every tensor that is made or disposed. The function may restart the measurement on its way.
 */
export const peakBytes = (f: (restart: () => void) => void): number => {
  const { state } = tf.engine();
  const before = state.numBytes;
  let [bytes, peak] = [before, before];
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => bytes,
    set: (value: number) => {
      bytes = value;
      peak = Math.max(peak, value);
    },
  });
  try {
    f(() => {
      peak = bytes;
    });
    return peak - before;
  } finally {
    Object.defineProperty(state, 'numBytes', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: bytes,
    });
  }
};
