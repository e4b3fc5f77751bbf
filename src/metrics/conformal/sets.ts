import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../../check/index.ts';
import { checkKey, type Key } from '../../random/key.ts';
import { uniform } from '../../random/uniform.ts';
import { isTensor, tidied } from '../../tree/index.ts';
import { classProbabilities, flag, labelledRows } from '../rows.ts';
import { checkLevel, thresholds } from './thresholds.ts';

/** Options of `conformal.sets`. */
export interface SetsOptions {
  /** The probability with which a set has the true class, such as 0.9. */
  readonly level: number;
  /** Randomises the sets, so that their coverage is exact; without it, they are larger than the level asks for. */
  readonly key?: Key;
  /** The threshold that was fitted, to make the sets again. */
  readonly threshold?: number;
  /** With `threshold`, whether it was fitted with a key; default false. */
  readonly randomized?: boolean;
}

const setsNames: OptionNames<SetsOptions> = { level: true, key: true, threshold: true, randomized: true };

/** Sets of classes. */
export interface ClassSets {
  readonly level: number;
  readonly randomized: false;
  /** The sum of probabilities up to which classes are in a set. */
  readonly threshold: number;
  /** For probabilities `[rows, classes]` whether each class is in the row's set; bool. The most probable one always is. */
  readonly apply: (probabilities: tf.Tensor) => tf.Tensor;
}

/** Sets of classes, drawn with a key. */
export interface RandomizedClassSets {
  readonly level: number;
  readonly randomized: true;
  /** The sum of probabilities up to which classes are in a set. */
  readonly threshold: number;
  /** For probabilities `[rows, classes]` whether each class is in the row's set; bool. A set may be empty. */
  readonly apply: (probabilities: tf.Tensor, key: Key) => tf.Tensor;
}

const checkClasses = (fn: string, probabilities: tf.Tensor): tf.Tensor =>
  isTensor(probabilities) && (probabilities.shape.at(-1) ?? 0) >= 2
    ? probabilities
    : invalidArgument(
        `${fn}: probabilities`,
        'a tensor of shape [rows, classes], of two classes or more',
        probabilities,
      );

/**
 * For each class the probability of all classes that are at least as probable; randomised, the class itself, with those as
 * probable as it, counts by a uniform share. And whether no class is more probable.
 */
const cumulativeProbabilities = (p: tf.Tensor2D, key: Key | undefined) => {
  const [rows, classes] = p.shape;
  const { values } = tf.topk(p, classes);
  const sums = tf.reshape(tf.concat([tf.zeros([rows, 1]), tf.cumsum(values, 1)], 1), [-1]);
  const first = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(classes + 1, 'int32'));
  const count = (side: 'left' | 'right'): tf.Tensor2D =>
    tf.reshape(tf.searchSorted(tf.neg(values), tf.neg(p), side), [rows, classes]);
  const sumTo = (counts: tf.Tensor2D): tf.Tensor2D =>
    tf.gather(sums, tf.add(counts, tf.expandDims(first, 1)) as tf.Tensor2D) as tf.Tensor2D;
  const more = count('left');
  const [before, after] = [sumTo(more), sumTo(count('right'))];
  const share = key === undefined ? 1 : uniform(key, [rows, 1]);
  const scores: tf.Tensor2D = tf.add(before, tf.mul(share, tf.sub(after, before)));
  return { scores, isTop: tf.equal(more, 0) };
};

const classSets =
  (fn: string, threshold: number) =>
  (probabilities: tf.Tensor, key: Key | undefined): tf.Tensor =>
    tf.tidy(() => {
      const p = classProbabilities(fn, checkClasses(fn, probabilities), {});
      const { scores, isTop } = cumulativeProbabilities(tf.reshape(p, [-1, p.shape.at(-1) as number]), key);
      const inside = tf.lessEqual(scores, threshold);
      const chosen = key === undefined ? tf.logicalOr(inside, isTop) : inside;
      // A row of invalid probabilities that could not be read has no classes.
      return tf.reshape(tf.logicalAnd(chosen, tf.logicalNot(tf.isNaN(scores))), p.shape);
    });

const makeSets = (level: number, threshold: number, randomized: boolean): ClassSets | RandomizedClassSets => {
  const fn = 'conformal.sets';
  const apply = classSets(fn, threshold);
  return randomized
    ? { level, randomized, threshold, apply: (p, key) => apply(p, checkKey(`${fn}: key`, key)) }
    : { level, randomized, threshold, apply: (p) => apply(p, undefined) };
};

/**
 * Sets of classes that hold the true class with a probability of at least `level`, whatever the model: adaptive prediction
 * sets (Romano et al., Classification with valid and adaptive coverage, 2020). Classes are added in order of probability
 * as long as their sum is at most a threshold, so a set is as large as the prediction is uncertain. The threshold is fitted to
 * validation predictions that the model was not trained on: of n rows the `ceil((n + 1) level)`-th smallest of the sums at
 * which the true class is added.
 *
 * With a `key` the last class is added at random, such that the coverage is that level, and sets are smaller; `apply` then
 * takes a key too, another one for each batch. Without, a set is never empty and covers somewhat more.
 *
 * Fitting returns a promise. Its plain numbers (`JSON.stringify` keeps them) are options that make the sets again, at once.
 *
 * @throws Error for a level or threshold that is not a probability, or an invalid key; fitting rejects if the shapes do
 * not fit, for invalid probabilities or labels, and for fewer than `level / (1 - level)` rows. `apply` throws for invalid
 * probabilities where they can be read; elsewhere such a row's set is empty
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const { mean } = run(params, random.key(1), testImages);
 * const sets = await conformal.sets({ level: 0.9 })(mean, testLabels);
 * const sizes = tf.sum(sets.apply(mean), -1); // number of classes in each set, [50]
 *
 * const randomized = conformal.sets({ level: 0.9, key: random.key(2) });
 * const exact = await randomized(mean, testLabels);
 * const drawn = exact.apply(mean, random.key(3)); // [50, 10]
 */
export function sets(
  options: SetsOptions & { readonly threshold: number; readonly randomized?: false },
): ClassSets;
export function sets(
  options: SetsOptions & { readonly threshold: number; readonly randomized: true },
): RandomizedClassSets;
export function sets(
  options: SetsOptions & { readonly key: Key },
): (probabilities: tf.Tensor, labels: tf.Tensor) => Promise<RandomizedClassSets>;
export function sets(
  options: SetsOptions,
): (probabilities: tf.Tensor, labels: tf.Tensor) => Promise<ClassSets>;
export function sets(options: SetsOptions) {
  const fn = 'conformal.sets';
  const { key, threshold, ...given } = knownOptions(fn, options, setsNames);
  const level = checkLevel(fn, given.level);
  const randomized = flag(`${fn}: randomized`, given.randomized);
  if (threshold !== undefined) {
    if (!Number.isFinite(threshold)) invalidArgument(`${fn}: threshold`, 'a finite number', threshold);
    return makeSets(level, threshold, randomized);
  }
  if (key !== undefined) checkKey(`${fn}: key`, key);
  return async (probabilities: tf.Tensor, labels: tf.Tensor) => {
    const scores = tidied(() => {
      const rows = labelledRows(fn, checkClasses(fn, probabilities), labels, {});
      const { scores } = cumulativeProbabilities(rows.probabilities, key);
      return tf.expandDims(tf.mul(tf.sum(tf.mul(scores, rows.targets), 1), rows.sound), 1) as tf.Tensor2D;
    });
    const [fitted = 1] = await thresholds(fn, level, scores);
    return makeSets(level, fitted, key !== undefined);
  };
}
