import { appendFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {
  batchNorm,
  bayesian,
  dropout,
  elbo,
  ensemble,
  gaussian,
  layer,
  linear,
  localReparametrization,
  pipe,
  pointMass,
  predict,
  random,
  sequential,
  tree,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../../src/index.ts';
import { job, lossJob, predictionJob } from '../../../src/parallel/index.ts';

/** Sends back what it gets. */
export const echo = job(import.meta.url, 'echo', (value: unknown) => tree.map(tf.clone)(value));

/** A prediction of a new network: draws, matrix products and reductions. */
export const predicted = job(
  import.meta.url,
  'predicted',
  ({ width, x }: { readonly width: number; readonly x: tf.Tensor }, key) => {
    const model = bayesian()(sequential(linear(3, width), tf.tanh, linear(width, 2)));
    const params = model.init(key);
    const options = { likelihood: gaussian({ std: 0.1 }), samples: 8, chunk: 3 };
    const { mean, uncertainty } = predict(model, options)(params, random.foldIn(key, 1), x);
    tree.dispose(params);
    return { mean, uncertainty, key };
  },
);

/** A network with noise of its own, and an input that is not data. */
export const model = bayesian()(
  layer(
    { hidden: linear(3, 6), noise: dropout(0.3), out: linear(6, 2) },
    ({ hidden, noise, out }) =>
      (x: tf.Tensor, scale: tf.Tensor) =>
        tf.mul(out(noise(tf.tanh(hidden(x)))), scale),
  ),
);

export const outputs = predictionJob(import.meta.url, 'outputs', model);

export const three = ensemble({ members: 3 })(model);

export const outputsFromThree = predictionJob(import.meta.url, 'outputsFromThree', three);

export const double = job(import.meta.url, 'double', (x: number) => 2 * x);

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export type Trouble = 'none' | 'throws' | 'NaN' | 'function' | 'exit' | 'busy' | 'waits' | 'out of memory';

/** Does what can go wrong; its result is its draw. */
export const trouble = job(import.meta.url, 'trouble', async (kind: Trouble, key, context) => {
  context.log(`begins with ${kind}`);
  context.progress({ kind });
  if (kind === 'throws') throw new Error('no such file', { cause: new Error('ENOENT') });
  if (kind === 'NaN') return Number.NaN;
  if (kind === 'function') return (() => 1) as never;
  // Time for the log to leave.
  await wait(0);
  if (kind === 'exit') process.exit(7);
  if (kind === 'busy') for (;;);
  if (kind === 'waits') await new Promise(() => setTimeout(() => undefined, 1e6));
  return random.bits(key, 1)[0]!;
});

/** Counts to 2 in its scratch, and ends its thread or throws before. */
export const counting = job(import.meta.url, 'counting', async (how: 'exit' | 'throw', _key, { scratch }) => {
  const before = (await scratch.load<{ count: number; x: tf.Tensor }>()) ?? { count: 0, x: tf.scalar(1) };
  const after = { count: before.count + 1, x: tf.mul(before.x, 2) };
  await scratch.save(after);
  const value = (await after.x.data())[0]!;
  tree.dispose([before, after]);
  await wait(10);
  if (after.count < 2 && how === 'exit') process.exit(1);
  if (after.count < 2) throw new Error(`only ${after.count}`);
  return value;
});

/** Reports and saves what is large, and fails once if it is to; a later attempt saves what is small. */
export const large = job(
  import.meta.url,
  'large',
  async ({ fails }: { readonly fails?: true }, key, { progress, scratch }) => {
    const before = await scratch.load<{ x: tf.Tensor }>();
    const x = before?.x ?? random.normal(key, [2000]);
    progress('x'.repeat(20_000));
    await scratch.save({ x: before === undefined ? x : tf.slice(x, 0, 1) });
    if (fails && before === undefined) throw new Error('fails once');
    return x.size;
  },
);

/** Ends as soon as it is aborted, and saves that; a later attempt returns it. */
export const heeding = job(import.meta.url, 'heeding', async (_: null, _key, { signal, scratch }) => {
  const before = await scratch.load<string>();
  if (before !== undefined) return before;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
  await scratch.save('was aborted');
  return 'too late';
});

/** Whether kernels share the memory of wasm with threads. */
export const shared = job(import.meta.url, 'shared', (_: null) => {
  const { wasm } = tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } };
  return wasm.HEAPU8.buffer instanceof SharedArrayBuffer;
});

/** How many tensors there are where it runs. */
export const tensors = job(import.meta.url, 'tensors', (_: null) => tf.memory().numTensors);

/** An untrained member of an ensemble. */
export const member = job(import.meta.url, 'member', (width: number, key) =>
  bayesian()(linear(3, width)).init(key),
);

/** Notes in a file that it runs, takes some time without a pause, and gives its draw. */
export const noted = job(
  import.meta.url,
  'noted',
  async ({ file, time }: { readonly file: string; readonly time: number }, key, { input, log, progress }) => {
    appendFileSync(file, `${input} `);
    log('begins');
    progress('begins');
    await wait(5);
    for (const end = Date.now() + time; Date.now() < end; );
    return random.bits(key, 1)[0]!;
  },
);

const score = elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 40 });

/** A network with noise and statistics of its own. */
export const noisy = bayesian()(sequential(linear(3, 5), batchNorm(5), tf.tanh, dropout(0.2), linear(5, 2)));

/** Log probabilities of five draws of its weights. */
export const sampled = lossJob(
  import.meta.url,
  'sampled',
  pipe(noisy, withLogProbs, vmapSamples({ samples: 5, chunk: 2 }), score),
);

/** Four samples of its outputs, and the divergence in closed form, by variable. */
export const closed = lossJob(
  import.meta.url,
  'closed',
  pipe(
    noisy,
    localReparametrization,
    withDivergence({ perVariable: true }),
    vmapSamples({ samples: 4 }),
    score,
  ),
);

export const pair = ensemble({ members: 2 })(bayesian()(linear(3, 2)));

/** The sum over two members, three draws of each. */
export const ofPair = lossJob(
  import.meta.url,
  'ofPair',
  pipe(pair, withLogProbs, vmapSamples({ samples: 3 }), score),
);

/** Ordinary weights: nothing is drawn. */
export const ordinary = bayesian({ posterior: pointMass() })(linear(3, 2));

export const plain = lossJob(import.meta.url, 'plain', pipe(ordinary, withDivergence, score));

/** A loss of one's own, and what goes wrong with the rows that begin with a number: 1 ends the thread, 2 throws, 3 gives NaN. */
export const ailing = lossJob(
  import.meta.url,
  'ailing',
  ({ w }: { readonly w: tf.Tensor }, _key: random.Key, { x }: { readonly x: tf.Tensor }) => {
    const [first] = tf.tidy(() => x.dataSync());
    if (first === 1) process.exit(9);
    if (first === 2) throw new Error('no such row');
    const loss = tf.tidy(() => tf.mean(tf.square(tf.sub(tf.mul(x, w), 1))) as tf.Tensor);
    return { loss: first === 3 ? tf.mul(loss, Number.NaN) : loss };
  },
);
