import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { foldIn } from '../random/index.ts';
import { checkSingleKey } from '../random/key.ts';
import { permutationIndices } from '../random/permutation.ts';
import { type PickableRows, pickableRows } from '../training/split.ts';
import { lazyInput } from './encodedInput.ts';
import { inline } from './inline.ts';
import { assertJob, type Job } from './job.ts';
import { assertRunner, type CommonMapOptions, commonMapNames, type Runner } from './runner.ts';
import type { SweepRow } from './sweep.ts';

/** What a job of `crossValidate` receives: all rows but those of a fold to train on, and the fold to test on. */
export interface Fold<D, C = undefined> {
  /** The number of the fold, from 0. */
  readonly fold: number;
  readonly train: D;
  readonly test: D;
  /** The option `config`. */
  readonly config: C;
}

/** Options of `crossValidate`; those of a runner's `map` among them. */
export interface CrossValidateOptions<C = undefined> extends CommonMapOptions {
  /** The number of folds, from 2 to the number of rows; default 5. */
  readonly folds?: number;
  /** Settings that each job receives as `config`. */
  readonly config?: C;
  /** Where the job runs; default `inline()`. The caller closes it. */
  readonly runner?: Runner;
}

const optionNames = (): OptionNames<CrossValidateOptions> => ({
  ...commonMapNames(),
  folds: true,
  config: true,
  runner: true,
});

/** The rows are shuffled by this fold-in of the key: no fold's job has it. */
const SHUFFLE = 2 ** 32 - 1;

const foldAt =
  <D, C>({ rows, pick }: PickableRows<D>, order: Int32Array, folds: number, config: C) =>
  (fold: number): Fold<D, C> => {
    const [start, end] = [fold, fold + 1].map((each) => Math.floor((each * rows) / folds)) as [
      number,
      number,
    ];
    const rest = Int32Array.from([...order.subarray(0, start), ...order.subarray(end)]);
    return { fold, train: pick(rest), test: pick(order.slice(start, end)), config };
  };

/**
 * Cross-validation: shuffles the rows of data by the key, cuts them into folds whose sizes differ by at most one, and runs
 * the job once for each fold, which trains on the other rows and tests on these. Data is a tree of tensors with rows on the
 * first axis, or a list of rows. The job of fold `i` runs with `random.foldIn(key, i)`, and the rows are the same from every
 * runner. Only the folds that run hold a copy of the data.
 *
 * @returns a row for each fold, as of `sweep`, with `{ fold }` for a configuration
 * @throws Error for an invalid argument; as a rejection, where the runner's `map` does
 * @example
 * const data = { x: tf.range(0, 10), y: tf.range(0, 10) };
 * const error = parallel.job(
 *   import.meta.url, 'error',
 *   ({ train, test }: parallel.Fold<typeof data>) =>
 *     tf.tidy(() => tf.mean(tf.abs(tf.sub(test.y, tf.mean(train.y)))).dataSync()[0]),
 * );
 * const options = { folds: 5, key: random.key(0) };
 * const rows = await parallel.crossValidate(error, data, options);
 * console.log(rows.length); // 5
 */
export const crossValidate = <D, R, C = undefined>(
  job: Job<Fold<D, C>, R>,
  data: D,
  options: CrossValidateOptions<C>,
): Promise<readonly SweepRow<{ readonly fold: number }, R>[]> => {
  const fn = 'parallel.crossValidate';
  assertJob(`${fn}: job`, job);
  const given = knownOptions(fn, options, optionNames());
  const { folds = 5, config, runner = inline(), ...mapOptions } = given;
  assertRunner(`${fn}: runner`, runner);
  checkSingleKey(`${fn}: key`, mapOptions.key);
  const rows = pickableRows(fn, data);
  positiveInteger(`${fn}: folds`, folds);
  if (folds < 2 || folds > rows.rows)
    invalidArgument(`${fn}: folds`, `from 2 to the ${rows.rows} rows`, folds);
  const order = permutationIndices(foldIn(mapOptions.key, SHUFFLE), rows.rows);
  const made = foldAt(rows, order, folds, config as C);
  const inputs = Array.from({ length: folds }, (_, fold) =>
    lazyInput(
      () => made(fold),
      ({ train, test }) => [train, test],
    ),
  );
  const outcomes = runner.map(job, inputs, mapOptions);
  const read = async (): Promise<readonly SweepRow<{ readonly fold: number }, R>[]> => {
    const all: SweepRow<{ readonly fold: number }, R>[] = [];
    for await (const outcome of outcomes) {
      const { input } = outcome._tag === 'Left' ? outcome.left : outcome.right;
      all.push({ input, config: { fold: input }, outcome });
    }
    return all;
  };
  return read();
};
