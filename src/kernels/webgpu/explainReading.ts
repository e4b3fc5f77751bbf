import type { KernelBackend } from '@tensorflow/tfjs-core';

/** What TensorFlow.js lacks in Node to read a tensor from the device while the program stands still. */
const missing = /OffscreenCanvas is not defined/;

/**
 * Makes a webgpu backend say, where it cannot read a tensor synchronously, what to do about it. TensorFlow.js reads so
 * also by itself, to move a tensor to the backend that is in use now.
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
        'A tensor on the webgpu backend cannot be read synchronously here, as in Node: use await tensor.data(). ' +
          'A tensor that was made on webgpu cannot be used on another backend for the same reason: ' +
          'make tensors after the backend is set',
        { cause: error },
      );
    }
  };
};
