import type { KernelBackend } from '@tensorflow/tfjs-core';

/** The error of TensorFlow.js in Node when a tensor is read synchronously. */
const missing = /OffscreenCanvas is not defined/;

/**
 * Makes a webgpu backend explain what to do where it cannot read a tensor synchronously. TensorFlow.js also reads a
 * tensor in this way to move it to the current backend.
 */
export const explainReading = (backend: KernelBackend): void => {
  if (Object.hasOwn(backend, 'readSync')) return;
  const stock = Object.getPrototypeOf(backend) as KernelBackend;
  backend.readSync = (id) => {
    try {
      return stock.readSync.call(backend, id);
    } catch (error) {
      if (!(error instanceof ReferenceError && missing.test(error.message))) throw error;
      throw new Error(
        'A tensor on the webgpu backend cannot be read synchronously here (as in Node): use await tensor.data(). ' +
          'A tensor that was made on webgpu cannot be used on another backend for the same reason: ' +
          'make tensors after the backend is set',
        { cause: error },
      );
    }
  };
};
