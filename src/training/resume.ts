import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { type Node, node } from '../files/index.ts';
import type { GradientTransformation, TrainingState } from '../optimizers/index.ts';
import type { Model } from '../transforms/index.ts';
import { dispose } from '../tree/index.ts';
import type { Values } from './progress.ts';

/** Where `fit` saves a run, and resumes it from. Node only. */
export interface Checkpointing {
  /**
   * The path of the run's file. If there is one, the run resumes from it. The best parameters are in a file beside it:
   * `run.best.safetensors` for `run.safetensors`.
   */
  readonly path: string;
  /** Saves after every so many steps too; always after each epoch, and when the signal stops the run. */
  readonly every?: number;
}

const optionNames: OptionNames<Checkpointing> = { path: true, every: true };

/** The scores of the best parameters, and the epoch after which they were found. */
export interface BestScores {
  readonly epoch: number;
  readonly scores: Values;
}

/** What a file keeps beside the state, as JSON. */
export interface RunRecord {
  readonly history: readonly Values[];
  readonly validations: readonly Values[];
}

/** A run read from its files, which the caller owns. */
export interface SavedRun<P, S> extends RunRecord {
  readonly state: TrainingState<P, S>;
  readonly best: (BestScores & { readonly params: P }) | undefined;
}

/** The files of a run. */
export interface RunFiles<P, S> {
  readonly every: number;
  /** The saved run; `undefined` if there is none yet. */
  readonly open: () => Promise<SavedRun<P, S> | undefined>;
  readonly save: (state: TrainingState<P, S>, record: RunRecord) => Promise<void>;
  readonly saveBest: (params: P, best: BestScores) => Promise<void>;
}

/** Training is a promise, so what failed is thrown. */
const orThrow = async <A>(
  result: Promise<E.Either<{ readonly message: string }, A>>,
  doing: string,
): Promise<A> => {
  const done = await result;
  if (E.isLeft(done)) throw new Error(`fit: cannot ${doing}: ${done.left.message}`);
  return done.right;
};

// Checkpoints are imported where they are used: few pages save a run, and all would carry them.

/** The name of the metadata that holds a record. */
const NAME = 'training';

const bestPath = ({ path }: Node, file: string): string => {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.best${ext}`);
};

const readRecord = async <R>(file: string): Promise<R | undefined> => {
  const { inspect } = await import('../checkpoint/inspect.ts');
  const { metadata } = await orThrow(inspect(file)(), `read ${file}`);
  const text = metadata.get(NAME);
  return text === undefined ? undefined : (JSON.parse(text) as R);
};

/**
 * The files of a run of a model with an optimizer.
 *
 * @throws Error for an option of the wrong kind, and outside Node
 * @example
 * const { open, save } = runFiles(model, adam({ learningRate: 1e-3 }), { path: 'run.safetensors' });
 */
export const runFiles = <P, S>(
  model: Model<P>,
  optimizer: GradientTransformation<S>,
  options: Checkpointing,
): RunFiles<P, S> => {
  const { path, every = Number.POSITIVE_INFINITY } = knownOptions('fit: checkpoint', options, optionNames);
  if (options.every !== undefined) positiveInteger('fit: checkpoint.every', every);
  if (typeof path !== 'string' || path === '')
    invalidArgument('fit: checkpoint.path', 'the path of a file', path);
  const system = node() ?? invalidArgument('fit: checkpoint', 'used in Node', 'no file system');
  const best = bestPath(system, path);
  const readBest = async () => {
    if (!system.fs.existsSync(best)) return undefined;
    const scores = await readRecord<BestScores>(best);
    if (scores === undefined) return undefined;
    const { load } = await import('../checkpoint/load.ts');
    return { ...scores, params: await orThrow(load(model)(best)(), `resume from ${best}`) };
  };
  return {
    every,
    open: async () => {
      if (!system.fs.existsSync(path)) return undefined;
      const { load } = await import('../checkpoint/load.ts');
      const record = await readRecord<RunRecord>(path);
      const state = await orThrow(load(model, { optimizer })(path)(), `resume from ${path}`);
      try {
        return { history: [], validations: [], ...record, state, best: await readBest() };
      } catch (error) {
        dispose([state.params, state.optimizer]);
        throw error;
      }
    },
    save: async (state, record) => {
      const { save } = await import('../checkpoint/save.ts');
      const metadata = { [NAME]: JSON.stringify(record) };
      await orThrow(save(model, { metadata })(path)(state)(), `save ${path}`);
    },
    saveBest: async (params, scores) => {
      const { save } = await import('../checkpoint/save.ts');
      const metadata = { [NAME]: JSON.stringify(scores) };
      await orThrow(save(model, { metadata })(best)(params)(), `save ${best}`);
    },
  };
};
