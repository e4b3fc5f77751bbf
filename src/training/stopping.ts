import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { Values } from './progress.ts';

/** When to stop early, and what the best parameters are. */
export interface Stopping {
  /** Training stops after this many validations in a row that are no better than the best one. */
  readonly patience: number;
  /** The validation score to watch: `'nll'` (default) or the name of one of the metrics. */
  readonly metric?: string;
  /** Whether larger scores are better, as for an accuracy; default false. */
  readonly maximize?: boolean;
  /** A score is better only if it improves by more than this; default 0. */
  readonly minDelta?: number;
  /**
   * How many validations are averaged before scores are compared; default 3. Scores of few draws and few rows are noisy:
   * without averaging, a lucky draw would be taken for the best parameters, and later ones for no improvement.
   */
  readonly window?: number;
}

const optionNames: OptionNames<Stopping> = {
  patience: true,
  metric: true,
  maximize: true,
  minDelta: true,
  window: true,
};

/** What validations so far amount to. */
export interface Assessment {
  /** The index of the best validation. */
  readonly best: number;
  /** Whether training should stop. */
  readonly stop: boolean;
}

const averaged =
  (window: number) =>
  (scores: readonly number[]): readonly number[] =>
    scores.map((_, index) => {
      const recent = scores.slice(Math.max(0, index + 1 - window), index + 1);
      return recent.reduce((sum, score) => sum + score, 0) / recent.length;
    });

/**
 * Finds the best of some validations, and decides whether to stop. The scores are averaged over a window that ends at each
 * validation.
 *
 * @param scoreNames the names of the scores of each validation
 * @throws Error for options out of range, and a metric that is not among the scores
 * @example
 * assessment(['nll'], { patience: 2, window: 1 })([{ nll: 1 }, { nll: 0.5 }, { nll: 0.6 }]); // { best: 1, stop: false }
 */
export const assessment = (
  scoreNames: readonly string[],
  options: Stopping | undefined,
): ((validations: readonly Values[]) => Assessment) => {
  const {
    patience = Number.POSITIVE_INFINITY,
    metric = 'nll',
    maximize = false,
    minDelta = 0,
    window = 3,
  } = options === undefined ? {} : knownOptions('fit: stopping', options, optionNames);
  if (options !== undefined) positiveInteger('fit: stopping.patience', patience);
  positiveInteger('fit: stopping.window', window);
  if (!scoreNames.includes(metric)) {
    const listed = scoreNames.map((name) => `'${name}'`).join(' or ');
    invalidArgument('fit: stopping.metric', `one of the validation's scores, ${listed}`, metric);
  }
  if (typeof maximize !== 'boolean') invalidArgument('fit: stopping.maximize', 'true or false', maximize);
  if (!(Number.isFinite(minDelta) && minDelta >= 0))
    invalidArgument('fit: stopping.minDelta', 'a finite number of at least 0', minDelta);
  const costs = (validations: readonly Values[]) =>
    averaged(window)(validations.map((scores) => (maximize ? -1 : 1) * scores[metric]!));
  return (validations) => {
    const all = costs(validations);
    const best = all.reduce((so, cost, index) => (cost < all[so]! - minDelta ? index : so), 0);
    return { best, stop: all.length - 1 - best >= patience };
  };
};
