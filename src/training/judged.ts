import * as tf from '@tensorflow/tfjs-core';
import { dispose, map } from '../tree/index.ts';
import type { FitSetup } from './fitOptions.ts';
import type { Values } from './progress.ts';
import type { BestScores, RunRecord, SavedRun } from './resume.ts';

/** The best parameters by validation score. */
export interface Best<P> extends BestScores {
  /** Parameters that the caller owns, beside the last state. */
  readonly params: P;
}

/** The history and the validations of a run, its best parameters, and whether to stop. */
export interface Judged<P> {
  readonly record: RunRecord;
  readonly best: Best<P> | undefined;
  readonly stop: boolean;
}

/** A run before its first epoch, or as it was saved. */
export const judgedSoFar = <P, S>(saved: SavedRun<P, S> | undefined): Judged<P> => ({
  record: { history: saved?.history ?? [], validations: saved?.validations ?? [] },
  best: saved?.best,
  stop: false,
});

/** A run after one more epoch, which had these losses. */
export const withLosses = <P>(judged: Judged<P>, losses: Values): Judged<P> => ({
  ...judged,
  record: { ...judged.record, history: [...judged.record.history, losses] },
});

/**
 * A run after a validation. If its parameters are the best so far, they are saved and copied, and those before them
 * disposed.
 *
 * @param scores those of the validation, with its epoch
 */
export const withScores = async <P, S>(
  judged: Judged<P>,
  { judge, files }: Pick<FitSetup<P, unknown, unknown, S>, 'judge' | 'files'>,
  params: P,
  scores: Values & { readonly epoch: number },
): Promise<Judged<P>> => {
  const { history, validations: before } = judged.record;
  const validations = [...before, scores];
  const { best, stop } = judge(validations);
  const record = { history, validations };
  if (best !== before.length && judged.best !== undefined) return { record, best: judged.best, stop };
  const { epoch } = scores;
  await files?.saveBest(params, { epoch, scores });
  dispose(judged.best?.params);
  return { record, best: { epoch, scores, params: map(tf.clone)(params) as P }, stop };
};
