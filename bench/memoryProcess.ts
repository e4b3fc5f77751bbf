// Run by memory.ts with a number of steps; its last line is JSON.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import 'tfjs-bayesian';
import type { MemoryPoint } from './memory.ts';
import { sampledTraining } from './ours.ts';
import { batchOf, figureOne } from './problem.ts';
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
const batch = batchOf(figureOne);
const { step } = sampledTraining(figureOne);
const points = blocks(Number(process.argv[2]), 10).map(([from, to]) => {
  for (let index = from; index < to; index++) step(batch);
  return point(to);
});
console.log(JSON.stringify([idle, ...points]));
