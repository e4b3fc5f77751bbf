import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';

// With KERNELS=off every suite runs on TensorFlow.js's own kernels, apart from those about ours.
if (process.env.KERNELS === 'off') useKernels(false);

/** The backends that every suite with tensors runs on. */
export const backends = ['cpu', 'wasm'] as const;
export type Backend = (typeof backends)[number];

/** Runs a suite once for each backend. */
export const describeOnBackends = (name: string, suite: (backend: Backend) => void): void => {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend did not start`);
      await tf.ready();
    });
    suite(backend);
  });
};
