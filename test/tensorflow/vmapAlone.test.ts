// vmap without the rest of the library, as `tfjs-bayesian/vmap` brings it.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';

describe.each(inject('backends'))('vmap alone on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const rows = () =>
    vmap((x: tf.Tensor) => tf.sum(tf.square(x)))(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    );

  it('runs on TensorFlow.js, except on webgpu, whose kernels need our fixes', async () => {
    if (backend === 'webgpu') expect(rows).toThrow("vmap: on webgpu, import 'tfjs-bayesian/backend' too");
    else expect(Array.from(rows().dataSync())).toEqual([5, 25]);
    await import('../../src/backend/index.ts');
    expect(Array.from(await rows().data())).toEqual([5, 25]);
  });
});
