import * as tf from '@tensorflow/tfjs-core';

const inMainMemory = /^(cpu|wasm|tensorflow)$/;

/**
 * Whether the current backend keeps its tensors in main memory, so that `dataSync` is cheap. On a GPU it waits for the
 * device, and on WebGPU in Node it throws.
 *
 * @example
 * if (canReadSync()) console.log(x.dataSync()[0]);
 */
export const canReadSync = (): boolean => inMainMemory.test(tf.getBackend());
