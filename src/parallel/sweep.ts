import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { checkSingleKey } from '../random/key.ts';
import { inline } from './inline.ts';
import { assertJob, type Job } from './job.ts';
import { journaling, openJournal } from './journal.ts';
import { engineIn, mapBy } from './outcomes.ts';
import { assertRunner, type CommonMapOptions, commonMapNames, type Outcome, type Runner } from './runner.ts';
import { configurations, type Space } from './space.ts';

/** Options of `sweep`; those of a runner's `map` among them. */
export interface SweepOptions extends CommonMapOptions {
  /** Where the job runs; default `inline()`. The caller closes it. */
  readonly runner?: Runner;
  /**
   * The path of a file in Node, with a line of JSON for each finished input. A sweep that was stopped, and is called again
   * with the same arguments, takes the results that the file has, and runs what is missing or had failed.
   */
  readonly journal?: string | URL;
  /**
   * Whether the journal may have results of another version of this library or of Node, or on another backend, which may
   * differ in the last bits; default false.
   */
  readonly mixed?: boolean;
}

/** The names of the options of `sweep`. */
export const sweepOptionNames = (): OptionNames<SweepOptions> => ({
  ...commonMapNames(),
  runner: true,
  journal: true,
  mixed: true,
});

/** A configuration and what came of it. */
export interface SweepRow<C, R> {
  /** The number of the configuration, from 0. */
  readonly input: number;
  readonly config: C;
  readonly outcome: Outcome<R>;
}

/** The `map` of a runner, with a journal if there is one. */
const mapWith = (runner: Runner, journal: string | URL | undefined, mixed: boolean): Runner['map'] => {
  const fn = 'parallel.sweep';
  if (journal === undefined) return runner.map;
  const engine = engineIn(`${fn}: runner, with a journal,`, runner);
  return mapBy(fn, journaling(openJournal(fn, journal), mixed, engine));
};

/**
 * Runs a job on every configuration of a space: a list, a grid (`{ learningRate: [1e-3, 1e-2], std: [0.1, 1] }`, all
 * combinations) or a `sampler`. Configuration `i` runs with `random.foldIn(key, i)`. The rows come in the order of the
 * configurations and are the same from every runner; `table` prints them. A failed configuration is a row too.
 *
 * @returns a row for each configuration whose outcome the runner gives: `arrayIndex` gives those of its own task
 * @throws Error for an invalid argument; as a rejection, where the runner's `map` does, and if the journal is damaged, is of
 * another build or cannot be written
 * @example
 * type Input = { x: number; n: number };
 * const power = parallel.job(import.meta.url, 'power', ({ x, n }: Input) => x ** n);
 * const grid = { x: [2, 3], n: [1, 2] };
 * const rows = await parallel.sweep(power, grid, { key: random.key(0) });
 * console.log(parallel.table(rows).map(({ value }) => value)); // 2,4,3,9
 */
export const sweep = <C, R>(
  job: Job<C, R>,
  space: Space<C>,
  options: SweepOptions,
): Promise<readonly SweepRow<C, R>[]> => {
  const fn = 'parallel.sweep';
  assertJob(`${fn}: job`, job);
  const {
    runner = inline(),
    journal,
    mixed = false,
    ...mapOptions
  } = knownOptions(fn, options, sweepOptionNames());
  assertRunner(`${fn}: runner`, runner);
  checkSingleKey(`${fn}: key`, mapOptions.key);
  if (typeof mixed !== 'boolean') invalidArgument(`${fn}: mixed`, 'true or false', mixed);
  const configs = configurations(fn, space, mapOptions.key);
  const outcomes = mapWith(runner, journal, mixed)(job, configs, mapOptions);
  const read = async (): Promise<readonly SweepRow<C, R>[]> => {
    const rows: SweepRow<C, R>[] = [];
    for await (const outcome of outcomes) {
      const { input } = outcome._tag === 'Left' ? outcome.left : outcome.right;
      rows.push({ input, config: configs[input] as C, outcome });
    }
    return rows;
  };
  return read();
};
