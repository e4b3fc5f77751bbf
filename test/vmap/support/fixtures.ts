import * as tf from '@tensorflow/tfjs-core';

export const methods = [
  ...(['runKernel', 'runKernelFunc', 'gradients'] as const),
  ...(['makeVariable', 'disposeTensor', 'disposeVariable'] as const),
];

const found = Object.fromEntries(methods.map((name) => [name, tf.engine()[name]]));
const { random } = Math;

/** What is replaced at the moment: methods of the engine, and `Math.random`. */
export const replaced = (): readonly string[] => [
  ...methods.filter((name) => tf.engine()[name] !== found[name]),
  ...(Math.random === random ? [] : ['random']),
];

/** Three samples of two numbers. */
export const rows = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
