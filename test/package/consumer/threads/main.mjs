import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { random, tree, useBackend } from 'tfjs-bayesian';
import { inline, job, threads } from 'tfjs-bayesian/parallel';
import { breaks, busy, train } from './jobs.mjs';
import worker from './worker.mjs?worker&url';

const file = new URL(simd, location.href).href;
const wasmPaths = { 'tfjs-backend-wasm.wasm': file, 'tfjs-backend-wasm-simd.wasm': file };
const backendOptions = { wasmPaths: { ...wasmPaths, 'tfjs-backend-wasm-threaded-simd.wasm': file } };
const key = random.key(0);

const bits = (value) =>
  tree.leaves(value).flatMap((tensor) => [...new Int32Array(tensor.dataSync().slice().buffer)]);

const trained = async (runner) => {
  const all = [];
  const settings = [0.1, 0.01, 0.001].map((learningRate) => ({ learningRate }));
  for await (const { left, right } of runner.map(train, settings, { key })) {
    if (left) throw new Error(left.message);
    all.push([right.value.losses, bits(right.value.params), right.log]);
  }
  await runner.close();
  return JSON.stringify(all);
};

const result = async () => {
  const started = await useBackend('wasm', backendOptions)();
  if (started._tag === 'Left') throw new Error(started.left.message);
  const here = await trained(inline());
  const one = await trained(threads({ size: 1, worker, backendOptions }));
  const two = await trained(threads({ size: 2, worker, backendOptions }));
  const runner = threads({ size: 1, worker, backendOptions });
  const failures = [];
  for (const [failing, options] of [
    [busy, { timeout: 200 }],
    [breaks, { timeout: 20_000 }],
  ])
    for await (const { left } of runner.map(failing, [null], { key, ...options })) failures.push(left._tag);
  const unknown = job(import.meta.url, 'unknown', () => 1);
  const refused = await runner
    .map(unknown, [1], { key })
    .next()
    .catch(({ message }) => message);
  await runner.close();
  const missing = await Promise.resolve()
    .then(() => threads())
    .catch(({ message }) => message);
  return { length: here.length, one: one === here, two: two === here, failures, refused, missing };
};

globalThis.result = result().catch((error) => ({ error: `${error?.stack ?? JSON.stringify(error)}` }));
