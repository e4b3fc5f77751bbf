import * as tf from '@tensorflow/tfjs-core';
import { random, useBackend } from 'tfjs-bayesian';
import { inline, job, threads } from 'tfjs-bayesian/parallel';

const runner = threads({ size: 2 });
// Jobs of the module that is named: bits on this thread and on two others, what one thread counts in its module, and why a job
// of this module is refused.
const { scaled, counted } = await import(process.argv[2]);
await useBackend('wasm')();
const key = random.key(0);
const inputs = [1, 2, 3].map((rows) => ({ x: tf.ones([rows, 2]) }));
const bits = async (runner) => {
  const all = [];
  for await (const { right } of runner.map(scaled, inputs, { key }))
    all.push(...new Int32Array(right.value.product.dataSync().slice().buffer));
  return all;
};
const [here, there] = [await bits(inline()), await bits(runner)];
const one = threads({ size: 1 });
const counts = [];
for await (const { right } of one.map(counted, [1, 2, 3], { key })) counts.push(right.value);
await one.close();
export const own = job(import.meta.url, 'own', () => 1);
const refused = await runner
  .map(own, [1], { key })
  .next()
  .catch(({ message }) => message);
console.log(JSON.stringify({ here, there, counts, refused }));
await runner.close();
