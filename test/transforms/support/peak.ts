import * as tf from '@tensorflow/tfjs-core';

type Kernel = (...args: readonly unknown[]) => unknown;

/** The most bytes that all tensors together took beyond those at the start, seen after each kernel of `f`. */
export const peakBytes = (f: () => unknown): number => {
  const engine = tf.engine() as unknown as { runKernel: Kernel };
  const start = tf.memory().numBytes;
  const seen = { most: 0 };
  const original = engine.runKernel;
  engine.runKernel = function (this: unknown, ...args) {
    const result = original.apply(this, args as unknown[]);
    seen.most = Math.max(seen.most, tf.memory().numBytes - start);
    return result;
  };
  try {
    f();
  } finally {
    Reflect.deleteProperty(engine, 'runKernel');
  }
  return seen.most;
};
