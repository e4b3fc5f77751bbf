import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  adam,
  batches,
  categorical,
  checkpoint,
  elbo,
  fit,
  flipout,
  pipe,
  prune,
  random,
  startBackend,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import { refusal, runProgram } from '../../examples/commandLine.ts';
import { type Images, loadImages } from '../../examples/lenet/data.ts';
import { digitModel } from '../digits/network.ts';
import type { DigitParams } from '../models/digits.ts';
import { assess } from './assess.ts';
import { pictures } from './pictures.ts';

const TRAINING = 55_000;
const HELD_OUT = 5_000;
const SAMPLES = 2;

/** Large steps first, then smaller ones. */
const stages: readonly { readonly until: number; readonly learningRate: number }[] = [
  { until: 6, learningRate: 2e-3 },
  { until: 9, learningRate: 5e-4 },
  { until: 10, learningRate: 1e-4 },
];

const rows = ({ images, labels }: Images, from: number, count: number): Images => ({
  images: tf.slice(images, [from], [count]),
  labels: tf.slice(labels, [from], [count]),
});

const trained = async ({ images, labels }: Images): Promise<DigitParams> => {
  const loss = pipe(
    digitModel,
    flipout,
    withDivergence,
    vmapSamples({ samples: SAMPLES }),
    elbo({ likelihood: categorical(), datasetSize: TRAINING }),
  );
  const shuffled = batches({ inputs: images as tf.Tensor4D, targets: labels }, { size: 128 });
  const [first, ...others] = stages as readonly [(typeof stages)[number], ...typeof stages];
  const step = (learningRate: number) => trainStep(loss, adam({ learningRate }));
  let state = await fit(step(first.learningRate), {
    init: digitModel.init,
    key: random.key(0),
    epochs: first.until,
    batches: shuffled,
  });
  for (const { until, learningRate } of others) {
    const before = state;
    state = await fit(step(learningRate), { state: before, epochs: until, batches: shuffled });
    tree.dispose([before.params, before.optimizer]);
  }
  tree.dispose(state.optimizer);
  return state.params;
};

const orThrow = <A>(result: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const place = (name: string): string => fileURLToPath(new URL(`../digits/${name}`, import.meta.url));

/** Weights with a lower |mean| / std are pruned. */
const SIGNAL_TO_NOISE = 0.5;

/** The file of pruned parameters. */
const storedBytes = async (params: DigitParams): Promise<Uint8Array> => {
  const pruned = await prune(digitModel, params, { signalToNoise: SIGNAL_TO_NOISE });
  return orThrow(await checkpoint.toBytes(pruned.model, { dtype: 'F16', sparse: true })(pruned.params)());
};

const loaded = async (bytes: Uint8Array): Promise<DigitParams> =>
  orThrow(await checkpoint.load(digitModel)(bytes)());

/** The share of weights that a file keeps. */
const keptShare = async (params: DigitParams): Promise<number> => {
  const { report } = await prune(digitModel, params, { signalToNoise: 0 });
  return Number(report.share.toFixed(4));
};

const help = `Trains the network of the page's third panel, prunes it, and writes it to a file together with its scores.

npm run web:train -- [options]

  --prune   does not train; prunes the existing network and assesses it
  --assess  does not train; assesses the existing network again
  --help    prints this text`;

const parse = (argv: readonly string[]) =>
  E.tryCatch(() => {
    const flag = { type: 'boolean', default: false } as const;
    const options = { assess: flag, prune: flag, help: { ...flag, short: 'h' } } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  }, refusal);

interface Choice {
  readonly assess: boolean;
  readonly prune: boolean;
}

const run = async ({ assess: onlyAssess, prune: onlyPrune }: Choice): Promise<number> => {
  await startBackend('wasm');
  const all = loadImages('mnist', undefined, 'train', TRAINING + HELD_OUT);
  const existing = () => readFileSync(place('digits.safetensors'));
  const bytes = onlyAssess
    ? existing()
    : await storedBytes(onlyPrune ? await loaded(existing()) : await trained(rows(all, 0, TRAINING)));
  // Assessed as the page uses it, rounded to float16.
  const params = await loaded(bytes);
  const card = {
    epochs: stages.at(-1)?.until ?? 0,
    trainedOn: TRAINING,
    kept: await keptShare(params),
    ...(await assess(params, {
      heldOut: await pictures(rows(all, TRAINING, HELD_OUT)),
      test: await pictures(loadImages('mnist', undefined, 't10k', 10_000)),
    })),
  };
  if (!onlyAssess) writeFileSync(place('digits.safetensors'), bytes);
  writeFileSync(place('card.json'), `${JSON.stringify(card, undefined, 2)}\n`);
  console.log(card);
  return 0;
};

process.exitCode = await runProgram({ name: 'web:train', help, parse, run }, process.argv.slice(2));
