import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  adam,
  batches,
  bayesian,
  checkpoint,
  elbo,
  fit,
  gaussian,
  linear,
  pipe,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';

const ROWS = 200;
const EPOCHS = 4;
/** In the middle of the third epoch, which has 13 steps. */
export const STOP_AFTER = 31;

const model = pipe(sequential(linear(1, 32), tf.tanh, linear(32, 1)), bayesian());
const loss = pipe(
  model,
  withLogProbs,
  vmapSamples({ samples: 4 }),
  elbo({ likelihood: gaussian({ std: 0.1 }), datasetSize: ROWS }),
);
const optimizer = adam({ learningRate: 1e-2 });
const step = trainStep(loss, optimizer);

/** A noisy sine: inputs and targets `[200, 1]`. */
const sine = () =>
  tree.tidied(() => {
    const inputs = random.uniform(random.key(1), [ROWS, 1], { min: -2, max: 2 });
    const noise = tf.mul(0.1, random.normal(random.key(2), [ROWS, 1]));
    return { inputs, targets: tf.add(tf.sin(tf.mul(3, inputs)), noise) };
  });

const rightOrThrow = <A>(either: E.Either<checkpoint.CheckpointError, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

/** How the resumed run compares with the uninterrupted one. */
export interface Comparison {
  /** The loss of each run's last epoch, in nats. */
  readonly losses: readonly [whole: number, resumed: number];
  /** Tensors of the parameters and the optimizer that are not identical bit for bit. */
  readonly different: readonly string[];
  readonly tensors: number;
  readonly steps: readonly [whole: number, resumed: number];
}

const sameBits = async (a: tf.Tensor, b: unknown): Promise<boolean> =>
  b instanceof tf.Tensor && Buffer.compare(await readBytes(a), await readBytes(b)) === 0;

const readBytes = async (x: tf.Tensor): Promise<Uint8Array> => {
  const { buffer, byteOffset, byteLength } = await x.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
};

/** Trains once without interruption and once stopped, saved to a file and resumed, and compares the results. */
export const compareRuns = async (folder: string): Promise<Comparison> => {
  const file = path.join(folder, 'run.safetensors');
  const data = sine();
  const common = { epochs: EPOCHS, batches: batches(data, { size: 16 }), progress: false } as const;
  const start = { init: model.init, key: random.key(0) };

  const whole = await fit(step, { ...common, ...start });

  const stop = new AbortController();
  const stopped = await fit(step, {
    ...common,
    ...start,
    signal: stop.signal,
    onStep: ({ step: done }) => {
      if (done === STOP_AFTER) stop.abort();
    },
  });
  rightOrThrow(await checkpoint.save(model)(file)(stopped)());
  tree.dispose([stopped.params, stopped.optimizer]);

  // All that follows could run in another process, at another time.
  const state = rightOrThrow(await checkpoint.load(model, { optimizer })(file)());
  const resumed = await fit(step, { ...common, state });

  const [a, b] = [whole, resumed].map(({ params, optimizer: own }) => ({ params, optimizer: own }));
  const all = tree.entries(a);
  const same = await Promise.all(all.map(({ path: place, tensor }) => sameBits(tensor, tree.at(place)(b))));
  const different = all.filter((_, index) => !same[index]);
  const last = ({ history }: typeof whole): number => history.at(-1)?.loss ?? Number.NaN;
  tree.dispose([a, b, state.params, state.optimizer, data]);
  return {
    losses: [last(whole), last(resumed)],
    different: different.map(({ path: place }) => place.join('.')),
    tensors: all.length,
    steps: [whole.step, resumed.step],
  };
};
