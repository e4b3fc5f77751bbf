import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument, isCount, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { thisBuild } from './build.ts';
import { fingerprint } from './fingerprint.ts';
import { inline } from './inline.ts';
import type { Job } from './job.ts';
import { type Engine, type Execute, engineIn, mapBy, storedFailure } from './outcomes.ts';
import { type ResultFiles, resultFiles } from './resultFiles.ts';
import { assertMap, assertRunner, type MapOptions, type Outcome, type Runner } from './runner.ts';

/** Options of `arrayIndex`. */
export interface ArrayIndexOptions {
  /** The folder of the results, which all tasks share: a path, made if it is not there, or the URL of a server that takes files by PUT. */
  readonly folder: string | URL;
  /** The number of this task, from 0; default that of the environment. */
  readonly index?: number;
  /** The number of tasks; default that of a Slurm array. */
  readonly count?: number;
  /** What runs the inputs of this task; default `inline()`. The caller closes it. */
  readonly runner?: Runner;
}

const optionNames: OptionNames<ArrayIndexOptions> = { folder: true, index: true, count: true, runner: true };

type Environment = Readonly<Record<string, string | undefined>>;

const numberIn = (environment: Environment, name: string): number | undefined => {
  const text = environment[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
};

/** The number of a task among those of its array, and how many there are. */
interface Place {
  readonly index: number | undefined;
  readonly count: number | undefined;
}

/** What Slurm or Kubernetes puts into the environment of a task. */
const taskIn = (environment: Environment): Place => {
  const [id, first = 0, step = 1, count] = ['ID', 'MIN', 'STEP', 'COUNT'].map((name) =>
    numberIn(environment, `SLURM_ARRAY_TASK_${name}`),
  );
  return id === undefined
    ? { index: numberIn(environment, 'JOB_COMPLETION_INDEX'), count: undefined }
    : { index: (id - first) / step, count };
};

const placed = (options: ArrayIndexOptions): { readonly index: number; readonly count: number } => {
  const found = taskIn(typeof process === 'undefined' ? {} : process.env);
  const { index = found.index, count = found.count } = options;
  if (count === undefined)
    return invalidArgument(
      'parallel.arrayIndex: count',
      'given, as the number of tasks, where Slurm does not set it',
      count,
    );
  positiveInteger('parallel.arrayIndex: count', count);
  return isCount(index) && index < count
    ? { index, count }
    : invalidArgument(
        'parallel.arrayIndex: index',
        `an integer from 0 to ${count - 1}, given or from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX`,
        index,
      );
};

/** The error of a folder that has the result of something else where this one belongs. */
export const otherTask = (fn: string, place: string): Error =>
  new Error(`${fn}: ${place} is the result of another job, input or key; use another folder`);

/** Runs attempts unless there are results, and stores results and what jobs save. */
const storing =
  (files: ResultFiles, { execute }: Engine): Execute =>
  async (job, task, hooks) => {
    const own = await fingerprint(job, task);
    const before = await files.read(task.input);
    if (E.isRight(before) && before.right !== undefined) {
      if (before.right.fingerprint !== own) throw otherTask('parallel.arrayIndex', files.place(task.input));
      if (before.right.build === thisBuild()) {
        before.right.log.forEach(hooks.log);
        return { _tag: 'Done', value: before.right.value, wasThere: true };
      }
    }
    const scratch = task.scratch ?? (await files.readScratch(task.input, own));
    const log: string[] = [];
    const saving: Promise<void>[] = [];
    const reply = await execute(
      job,
      { ...task, scratch },
      {
        ...hooks,
        log: (line) => {
          log.push(line);
          hooks.log(line);
        },
        save: (value) => {
          hooks.save(value);
          // One after another: the last one must stay.
          const saved = Promise.all(saving).then(() => files.writeScratch(task.input, own, value));
          saving.push(saved);
          return saved;
        },
      },
    );
    await Promise.all(saving);
    if (reply._tag !== 'Done') {
      const failure = storedFailure(reply, hooks.signal);
      if (failure !== undefined)
        await files.writeFailure(task.input, {
          fingerprint: own,
          failure: { ...failure, attempts: task.attempt, log },
        });
      return reply;
    }
    await files.write(task.input, own, log, reply.value);
    await files.tidy(task.input);
    return reply;
  };

/**
 * A runner for one task of many that run the same program: of a Slurm array (`sbatch --array=0-7`), or a Kubernetes Job with
 * `completionMode: Indexed`. It runs every `count`-th input, from its own `index` on, each with the key that it has
 * everywhere, and stores each result as a safetensors file in a folder that all tasks share. `map` gives the outcomes of this
 * task's inputs alone; `collect` reads those of all.
 *
 * A task that is started again skips the inputs that have results, and jobs continue from what they had saved in their
 * scratch. A result of another version of this library, of Node or on another backend is computed again.
 *
 * @throws Error for an invalid option, if the task's number is neither given nor in the environment, and outside Node. `map`
 * throws, as a rejection, if the folder has the result of another job, input or key, or cannot be written
 * @example
 * const runner = parallel.arrayIndex({ folder: 'results', index: 0, count: 8 });
 * // In a Slurm array: parallel.arrayIndex({ folder: 'results' })
 */
export const arrayIndex = (options: ArrayIndexOptions): Runner => {
  const fn = 'parallel.arrayIndex';
  const { folder, runner = inline() } = knownOptions(fn, options, optionNames);
  const { index, count } = placed(options);
  assertRunner(`${fn}: runner`, runner);
  const engine = engineIn(`${fn}: runner`, runner);
  const files = resultFiles(fn, folder);
  const map = mapBy(fn, { size: engine.size, execute: storing(files, engine) });
  async function* outcomes<C, R>(
    job: Job<C, R>,
    inputs: readonly C[],
    options: MapOptions,
  ): AsyncGenerator<Outcome<R>, void, undefined> {
    const all = inputs.map((input, position) => ({ input, number: options.numbers?.[position] ?? position }));
    const own = all.filter(({ number }) => number % count === index);
    const inOrder = map(
      job,
      own.map(({ input }) => input),
      { ...options, numbers: own.map(({ number }) => number) },
    );
    for await (const outcome of inOrder) yield outcome;
  }
  return Object.freeze({
    map: <C, R>(job: Job<C, R>, inputs: readonly C[], options: MapOptions) => {
      assertMap(fn, job, inputs, options);
      return outcomes(job, inputs, options);
    },
    close: async () => {},
  });
};
