// One task of an array: what is to be run is its argument, and the rest is in its environment.
import * as tf from '@tensorflow/tfjs-core';
import { random, tree, useBackend, useKernels } from '../../../src/index.ts';
import { arrayIndex } from '../../../src/parallel/index.ts';
import * as jobs from './jobs.ts';

const [, , folder = '', what = ''] = process.argv;
if (process.env.KERNELS === 'off') useKernels(false);
await useBackend('wasm')();
const key = random.key(3);
const runner = arrayIndex({ folder, ...(process.env.COUNT && { count: Number(process.env.COUNT) }) });
const outcomes =
  what === 'predicted'
    ? runner.map(
        jobs.predicted,
        [1, 2, 5, 8, 3].map((rows) => ({ width: 7 + rows, x: random.normal(key, [rows, 3]) })),
        { key },
      )
    : runner.map(jobs.counting, ['exit', 'exit'], { key });
const inputs: number[] = [];
for await (const outcome of outcomes) {
  if (outcome._tag === 'Right') inputs.push(outcome.right.input);
  tree.dispose(outcome);
}
console.log(JSON.stringify({ inputs, backend: tf.getBackend() }));
