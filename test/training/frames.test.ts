import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { afterEach, expect, it } from 'vitest';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
  linear,
  random,
  trainStep,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';

const limit = Error.stackTraceLimit;
afterEach(() => {
  Error.stackTraceLimit = limit;
});

/** The stack in the kernel of the first matrix product, from `fit` on. */
const framesOfFirstProduct = async (): Promise<readonly string[]> => {
  await tf.setBackend('cpu');
  const stacks: string[] = [];
  const kernel = tf.getKernel(tf.BatchMatMul, 'cpu') as { kernelFunc: tf.KernelFunc };
  const { kernelFunc } = kernel;
  kernel.kernelFunc = (call) => {
    stacks.push(new Error('here').stack ?? '');
    return kernelFunc(call);
  };
  try {
    const model = bayesian()(linear(4, 3));
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: categorical(), datasetSize: 8 }),
    );
    Error.stackTraceLimit = 1000;
    await fit(trainStep(loss, adam({ learningRate: 0.1 })), {
      init: model.init,
      key: random.key(0),
      epochs: 1,
      progress: false,
      batches: batches({ inputs: tf.ones([4, 4]), targets: tf.zeros([4], 'int32') }, { size: 4 }),
    });
  } finally {
    kernel.kernelFunc = kernelFunc;
  }
  const lines = (stacks[0] ?? '').split('\n').slice(2);
  return lines.slice(0, lines.findIndex((line) => /\bfit\b.*\/training\/fit/.test(line)) + 1);
};

// What a reader steps through in a debugger, from the loop to the arithmetic.
it('the call stack from fit to the first matrix product is short', async () => {
  const frames = await framesOfFirstProduct();
  const ours = frames.flatMap((line) => /\/src\/([^:]+)/.exec(line)?.[1] ?? []);
  expect(ours.length).toBeGreaterThan(10);
  expect(frames.length).toBeLessThanOrEqual(45);
  expect(ours.length).toBeLessThanOrEqual(25);
  expect(new Set(ours).size).toBeLessThanOrEqual(11);
});
