import * as tf from '@tensorflow/tfjs-core';

export const methods = ['runKernel', 'customGrad', 'gradients'] as const;
/** The methods of the engine that are replaced at the moment. */
export const replaced = (): readonly string[] => methods.filter((name) => Object.hasOwn(tf.engine(), name));

/** Three samples of two numbers. */
export const rows = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
