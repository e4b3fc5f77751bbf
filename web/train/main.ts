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

const storedBytes = async (params: DigitParams): Promise<Uint8Array> =>
  orThrow(await checkpoint.toBytes(digitModel, { dtype: 'F16' })(params)());

const help = `Trains the network of the page's third panel, and writes it to a file together with its scores.

npm run web:train -- [options]

  --assess  does not train; assesses the existing network again
  --help    prints this text`;

const parse = (argv: readonly string[]) =>
  E.tryCatch(() => {
    const flag = { type: 'boolean', default: false } as const;
    const options = { assess: flag, help: { ...flag, short: 'h' } } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  }, refusal);

const run = async ({ assess: onlyAssess }: { readonly assess: boolean }): Promise<number> => {
  await startBackend('wasm');
  const all = loadImages('mnist', undefined, 'train', TRAINING + HELD_OUT);
  const bytes = onlyAssess
    ? readFileSync(place('digits.safetensors'))
    : await storedBytes(await trained(rows(all, 0, TRAINING)));
  // Assessed as the page uses it, rounded to float16.
  const params = orThrow(await checkpoint.load(digitModel)(bytes)());
  const card = {
    epochs: stages.at(-1)?.until ?? 0,
    trainedOn: TRAINING,
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
