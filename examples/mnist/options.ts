import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { backendHelp, backendOption, type Choice, parseBackend } from '../backend.ts';
import { integer, refusal, writableFile } from '../commandLine.ts';

export interface Options {
  /** torch_blue's settings instead of ours, unless other options override them. */
  readonly paper: boolean;
  readonly epochs: number;
  readonly samples: number;
  readonly batchSize: number;
  readonly limit: number;
  readonly seed: number;
  readonly backend: Choice;
  readonly out: string;
  readonly help: boolean;
}

export const help = `Trains a Bayesian network (784-512-512-10) on MNIST and reports its accuracy and uncertainty.

npm run mnist -- [options]

  --epochs N        passes over the training images (default 3)
  --samples N       weight samples in each training step (default 2)
  --batch-size N    images in a training step (default 64)
  --limit N         use only the first N images (default: all 60000); one in sixty is for validation
  --paper           the settings of torch_blue's paper: 5 epochs, 10 samples, posteriors that start ten times as
                    wide, and predictions from 10 samples
  --seed N          the seed of all random numbers (default 0)
${backendHelp}
  --out FILE        the file for the picture (default mnist-uncertain.svg)
  --help            prints this text`;

const spec = {
  epochs: { type: 'string' },
  samples: { type: 'string' },
  'batch-size': { type: 'string', default: '64' },
  limit: { type: 'string', default: '60000' },
  paper: { type: 'boolean', default: false },
  seed: { type: 'string', default: '0' },
  backend: backendOption,
  out: { type: 'string', default: 'mnist-uncertain.svg' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The default length of training and number of samples: `ours` is the faster. */
const settings = { ours: { epochs: '3', samples: '2' }, paper: { epochs: '5', samples: '10' } } as const;

const TRAINING_IMAGES = 60_000;
/** One is for validation. */
const FEWEST_IMAGES = 60;

const raw = (argv: readonly string[]) =>
  E.tryCatch(() => parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values, refusal);

/** The options of a command line, or the error as one line. */
export const parseOptions = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    raw(argv),
    E.chain((given) => {
      const values = { ...settings[given.paper ? 'paper' : 'ours'], ...given };
      return pipe(
        E.Do,
        E.apS('epochs', integer('epochs', values.epochs, 1, 10_000)),
        E.apS('samples', integer('samples', values.samples, 1, 1000)),
        E.apS('batchSize', integer('batch-size', values['batch-size'], 1, TRAINING_IMAGES)),
        E.apS('limit', integer('limit', values.limit, FEWEST_IMAGES, TRAINING_IMAGES)),
        E.apS('seed', integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER)),
        E.apS('backend', parseBackend(values.backend)),
        E.apS('out', writableFile('out', values.out)),
        E.map((options) => ({ ...options, paper: values.paper, help: values.help })),
      );
    }),
  );
