import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { dispose, stack } from '../tree/index.ts';
import type { Job } from './job.ts';
import type { JobFailure } from './runner.ts';
import { type SweepOptions, sweep, sweepOptionNames } from './sweep.ts';

/** Options of `trainMembers`; those of `sweep` among them. */
export interface TrainMembersOptions extends SweepOptions {
  /** The number of members. */
  readonly members: number;
}

const optionNames = (): OptionNames<TrainMembersOptions> => ({ ...sweepOptionNames(), members: true });

/** The members of an ensemble that were trained, and those that were not. */
export interface TrainedMembers<P> {
  /** The parameters of the members that were trained, with a leading axis of members, which the caller owns. */
  readonly params: P;
  /** The numbers of these members, in order. */
  readonly members: readonly number[];
  /** Why the others have no parameters. */
  readonly failures: readonly JobFailure[];
}

const stacked = <P>(
  trained: readonly { readonly input: number; readonly value: P }[],
  failures: readonly JobFailure[],
): TrainedMembers<P> => {
  try {
    const params = stack(trained.map(({ value }) => value));
    return { params, members: trained.map(({ input }) => input), failures };
  } finally {
    dispose(trained.map(({ value }) => value));
  }
};

/**
 * Trains the members of an ensemble as jobs, on other threads or machines. The job trains one network and returns its
 * parameters; that of member `m` runs with `random.foldIn(key, m)`, so it trains another network. The stacked parameters are
 * those of `ensemble({ members })`: for predictions, checkpoints and further training. With a `journal`, an ensemble whose
 * training was stopped goes on with the members that are missing.
 *
 * A member that fails does not stop the others: `members` lists those that the parameters have.
 *
 * @param config what each job receives
 * @throws Error for an invalid argument; as a rejection, where `sweep` does, if the members' parameters differ in structure,
 * and if no member was trained: `cause` is then the first failure
 * @example
 * const train = parallel.job(import.meta.url, 'train', (width: number, key) =>
 *   bayesian()(linear(1, width)).init(key),
 * );
 * const options = { members: 5, key: random.key(0) };
 * const { params } = await parallel.trainMembers(train, 3, options);
 * console.log(params.weight.mean.shape); // 5,1,3
 */
export const trainMembers = async <C, P>(
  job: Job<C, P>,
  config: C,
  options: TrainMembersOptions,
): Promise<TrainedMembers<P>> => {
  const fn = 'parallel.trainMembers';
  const { members, ...others } = knownOptions(fn, options, optionNames());
  positiveInteger(`${fn}: members`, members);
  const rows = await sweep(job, Array<C>(members).fill(config), others);
  const outcomes = rows.map(({ outcome }) => outcome);
  const trained = outcomes.flatMap((each) => (each._tag === 'Right' ? [each.right] : []));
  const failures = outcomes.flatMap((each) => (each._tag === 'Left' ? [each.left] : []));
  const [failure] = failures;
  if (trained.length === 0)
    throw new Error(`${fn}: no member was trained${failure ? `: ${failure.message}` : ''}`, {
      cause: failure,
    });
  return stacked(trained, failures);
};
