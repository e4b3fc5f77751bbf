import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '../../src/backend/index.ts';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';

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
