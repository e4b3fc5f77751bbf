import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { adam, batches, fit, random, tree, useBackend } from 'tfjs-bayesian';
import { inline, job, parallelStep, threads } from 'tfjs-bayesian/parallel';
import { breaks, busy, loss, model, train } from './jobs.mjs';
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

/** A training whose steps are shared out. */
const shared = async (runner) => {
  const inputs = random.normal(key, [16, 2]);
  const data = batches({ inputs, targets: tf.sum(inputs, 1, true) }, { size: 8 });
  const shards = { samples: 2, rows: 2 };
  const step = parallelStep(loss, adam({ learningRate: 0.01 }), { shards, runner });
  const { params, history } = await fit(step, {
    ...{ init: model.init, key, epochs: 2, batches: data, progress: false, warnings: false },
  });
  return JSON.stringify([history, bits(params)]);
};

const result = async () => {
  const started = await useBackend('wasm', backendOptions)();
  if (started._tag === 'Left') throw new Error(started.left.message);
  const here = await trained(inline());
  const one = await trained(threads({ size: 1, worker, backendOptions }));
  const two = await trained(threads({ size: 2, worker, backendOptions }));
  const pair = threads({ size: 2, worker, backendOptions });
  const step = (await shared(inline())) === (await shared(pair));
  await pair.close();
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
  const isolated = globalThis.crossOriginIsolated;
  const length = here.length;
  return { isolated, length, one: one === here, two: two === here, step, failures, refused, missing };
};

globalThis.result = result().catch((error) => ({ error: `${error?.stack ?? JSON.stringify(error)}` }));
