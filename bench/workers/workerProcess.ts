// Run by compare.ts with a number of workers, 0 for steps in this thread; its last line is JSON.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { adam, parallel, random, trainStep } from 'tfjs-bayesian';
import { figureOne, LEARNING_RATE, makeBatch } from '../problem.ts';
import * as jobs from './jobs.ts';
import type { WorkerCost } from './workerCost.ts';

/** The steps after which memory is read. */
const STEPS = 5;

await tf.setBackend('wasm');
const workers = Number(process.argv[2]);
const resident = (): number => process.memoryUsage.rss();
const idle = resident();
const runner = workers > 0 ? parallel.threads({ size: workers }) : parallel.inline();
const began = performance.now();
const inputs = Array.from({ length: workers }, () => undefined);
for await (const outcome of runner.map(jobs.hello, inputs, { key: random.key(0) }))
  if (outcome._tag === 'Left') throw new Error(outcome.left.message);
const startUp = performance.now() - began;
const started = resident() - idle;
const optimizer = adam({ learningRate: LEARNING_RATE });
const { init, update } =
  workers > 0
    ? parallel.parallelStep(jobs.step, optimizer, { shards: { samples: workers }, runner })
    : trainStep(jobs.trained.step.loss, optimizer);
const batch = makeBatch(figureOne);
let state = init(jobs.trained.step.init(), random.key(3));
for (let step = 0; step < STEPS; step++) ({ state } = await update(state, batch, { donate: true }));
const found: WorkerCost = { workers, startUp, started, working: resident() - idle };
await runner.close();
console.log(JSON.stringify(found));
