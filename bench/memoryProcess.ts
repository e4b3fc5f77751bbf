// Run by memory.ts with `step` or `compiled` and a number of steps, or `predict` and a number of draws; its last line is JSON.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import 'tfjs-bayesian';
import type { MemoryPoint } from './memory.ts';
import { compiledTraining, predicting, sampledLoss, sampledTraining } from './ours.ts';
import { figureOne, makeBatch } from './problem.ts';
import { blocks } from './statistics.ts';

const heapSize = (): number => {
  const { wasm } = tf.backend() as unknown as {
    readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  };
  return wasm.asm.memory.buffer.byteLength;
};

const point = (step: number): MemoryPoint => ({
  step,
  resident: process.memoryUsage.rss(),
  peak: process.resourceUsage().maxRSS * 1024,
  heap: heapSize(),
  tensors: tf.memory().numTensors,
});

await tf.setBackend('wasm');
const idle = point(0);
const [, , work, count] = process.argv;

const ofSteps = (steps: number): readonly MemoryPoint[] => {
  const batch = makeBatch(figureOne);
  const { step } = (work === 'compiled' ? compiledTraining(sampledLoss) : sampledTraining)(figureOne);
  return blocks(steps, 10).map(([from, to]) => {
    for (let index = from; index < to; index++) step(batch);
    return point(to);
  });
};

const ofPrediction = (samples: number): readonly MemoryPoint[] => {
  predicting('weights')({ ...figureOne, samples })();
  return [point(1)];
};

console.log(
  JSON.stringify([idle, ...(work === 'predict' ? ofPrediction(Number(count)) : ofSteps(Number(count)))]),
);
