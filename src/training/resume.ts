import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { node } from '../files/index.ts';
import type { GradientTransformation, TrainingState } from '../optimizers/index.ts';
import type { Model } from '../transforms/index.ts';
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

// Files are written where a run is saved, which is in Node: pages would carry the code for nothing.

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
  const files = async () => {
    const { savedRun } = await import('./savedRun.ts');
    return savedRun(model, optimizer, system, path);
  };
  return {
    every,
    open: async () => (await files()).open(),
    save: async (...run) => (await files()).save(...run),
    saveBest: async (...best) => (await files()).saveBest(...best),
  };
};
