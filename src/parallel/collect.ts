import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { foldIn, keyData } from '../random/index.ts';
import { otherTask } from './arrayIndex.ts';
import { decode } from './encode.ts';
import { encodedInput } from './encodedInput.ts';
import { fingerprint } from './fingerprint.ts';
import type { Job } from './job.ts';
import { type ResultFiles, resultFiles } from './resultFiles.ts';
import { assertMap, type JobFailure, type MapOptions, type Outcome, type Runner } from './runner.ts';

/** Options of `collect`. */
export interface CollectOptions {
  /** The folder of the results of `arrayIndex`: a path or URL. */
  readonly folder: string | URL;
  /**
   * Whether the results may be of several versions of this library or of Node, or of several backends, which may differ in
   * the last bits; default false.
   */
  readonly mixed?: boolean;
}

const optionNames: OptionNames<CollectOptions> = { folder: true, mixed: true };

const FN = 'parallel.collect';

/** The failure that is stored, or that there is nothing. */
const failureAt = async (
  files: ResultFiles,
  input: number,
  own: string,
  damage: string | undefined,
): Promise<JobFailure> => {
  const stored = await files.readFailure(input);
  if (damage === undefined && stored?.fingerprint === own) return { ...stored.failure, input };
  const place = files.place(input);
  const message = damage === undefined ? `there is no ${place}` : `${place} is damaged: ${damage}`;
  return { _tag: 'Missing', input, message, attempts: 0, log: [] };
};

/**
 * A runner that computes nothing: it reads the results that the tasks of `arrayIndex` have stored. The same call of `map`,
 * `sweep` or another function, with the same inputs and key, then has the results of all tasks. An input without a result
 * is a failure: the one that its task stored, or `Missing`.
 *
 * @throws Error for an invalid option, and outside Node. `map` throws, as a rejection, if a result is of another job, input
 * or key, or if results are of several builds
 * @example
 * const runner = parallel.collect({ folder: 'results' });
 * const double = parallel.job(import.meta.url, 'double', (x: number) => 2 * x);
 * for await (const outcome of runner.map(double, [1], { key: random.key(0) }))
 *   console.log(E.isLeft(outcome) && outcome.left._tag); // Missing
 */
export const collect = (options: CollectOptions): Runner => {
  const { folder, mixed = false } = knownOptions(FN, options, optionNames);
  if (typeof mixed !== 'boolean') invalidArgument(`${FN}: mixed`, 'true or false', mixed);
  const files = resultFiles(FN, folder);
  async function* outcomes<C, R>(
    job: Job<C, R>,
    inputs: readonly C[],
    { key, numbers, signal }: MapOptions,
  ): AsyncGenerator<Outcome<R>, void, undefined> {
    const builds = new Map<string, number>();
    for (const [position, input] of inputs.entries()) {
      const number = numbers?.[position] ?? position;
      if (signal?.aborted) {
        yield E.left({ _tag: 'Aborted', input: number, message: 'aborted', attempts: 0, log: [] });
        continue;
      }
      const config = await encodedInput(job, number, input);
      const own = await fingerprint(job, { config, key: keyData(foldIn(key, number)) });
      const read = await files.read(number);
      const stored = E.isRight(read) ? read.right : undefined;
      if (stored === undefined) {
        yield E.left(await failureAt(files, number, own, E.isLeft(read) ? read.left : undefined));
        continue;
      }
      if (stored.fingerprint !== own) throw otherTask(FN, files.place(number));
      if (!builds.has(stored.build)) builds.set(stored.build, number);
      const [[first, at] = ['', 0], other] = builds;
      if (!mixed && other !== undefined)
        throw new Error(
          `${FN}: results must be of one build, but ${at} is of ${first} and ${other[1]} of ${other[0]}, whose last bits may differ; mixed: true allows it`,
        );
      yield E.right({ input: number, value: decode<R>(stored.value), attempts: 0, log: stored.log });
    }
  }
  return Object.freeze({
    map: <C, R>(job: Job<C, R>, inputs: readonly C[], options: MapOptions) => {
      assertMap(FN, job, inputs, options);
      return outcomes(job, inputs, options);
    },
    close: async () => {},
  });
};
