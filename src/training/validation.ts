import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { Likelihood, NotAPrior, Predictive } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import { foldIn, type Key } from '../random/index.ts';
import type { Model } from '../transforms/index.ts';
import { scoring } from '../transforms/scoring.ts';
import { at, dispose, isTensor, tidied } from '../tree/index.ts';
import { batches, type Dataset } from './batches.ts';
import { batchRows } from './plan.ts';
import { predict } from './predict.ts';
import type { Values } from './progress.ts';
import { openEpoch, type Source } from './source.ts';

/** How `fit` scores the model on data that it does not train on. */
export interface Validation {
  /** The data: a data set, such as a part that `split` returns, or a source of its batches. */
  readonly data:
    | Dataset<unknown, tf.Tensor>
    | (Pick<Source<Dataset<unknown, tf.Tensor>>, 'length' | 'epoch'> & { readonly rows?: number });
  /** The distribution of a target given the outputs: as a rule that of the loss. */
  readonly likelihood: NotAPrior &
    Likelihood<never, never> & { readonly predictive: (samples: never) => Predictive };
  /** The number of weight samples of the predictive distribution; default 10. */
  readonly samples?: number;
  /** Validates after every so many epochs, and after the last one; default 1. */
  readonly every?: number;
  /**
   * Scores by name, beside `nll`: functions of the prediction and the targets of a batch, which give its mean over rows.
   */
  readonly metrics?: Readonly<
    Record<string, (prediction: Predictive, targets: tf.Tensor) => tf.Tensor | number>
  >;
}

const optionNames: OptionNames<Validation> = {
  data: true,
  likelihood: true,
  samples: true,
  every: true,
  metrics: true,
};

/** Folded into the training key for the draws of validations: the same for each, so that their differences are less noisy. */
const VALIDATION = 0xfffffffe;

/** Rows that are predicted at once. */
const BATCH_SIZE = 1000;

/** The scores of a model on the validation data. */
export interface Validator<P> {
  /** The names of the scores. */
  readonly names: readonly string[];
  readonly every: number;
  /** The mean of each score over the rows. */
  readonly scores: (params: P, key: Key) => Promise<Values>;
}

/** The model and the likelihood, whose outputs `fit` does not know. */
type AnyForward = (...inputs: never[]) => unknown;
type RowsLikelihood = Likelihood<unknown, tf.Tensor> & {
  readonly predictive: (samples: unknown) => Predictive;
};

const isSource = (data: object): data is Pick<Source<Dataset<unknown, tf.Tensor>>, 'length' | 'epoch'> =>
  'epoch' in data && typeof data.epoch === 'function';

const assertValidation = (options: Validation): void => {
  knownOptions('fit: validation', options, optionNames);
  const { data, likelihood, metrics = {} }: { readonly [K in keyof Validation]?: unknown } = options;
  const given: object =
    typeof data === 'object' && data !== null
      ? data
      : invalidArgument(
          'fit: validation.data',
          'a data set { inputs, targets } or a source of batches',
          data,
        );
  if (isSource(given)) {
    const { rows, length }: { readonly rows?: unknown; readonly length?: unknown } = given;
    if (rows !== undefined) positiveInteger('fit: validation.data.rows', rows);
    else positiveInteger('fit: validation.data.length', length);
  }
  assertLikelihood('fit: validation.likelihood', likelihood);
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics))
    invalidArgument('fit: validation.metrics', 'a record of functions by name', metrics);
  for (const [name, metric] of Object.entries(metrics as object)) {
    if (typeof metric !== 'function')
      invalidArgument(`fit: validation.metrics.${name}`, 'a function of a prediction and targets', metric);
    if (name === 'nll' || name === 'epoch')
      invalidArgument(
        'fit: validation.metrics',
        "without the names 'nll' and 'epoch', which are taken",
        name,
      );
  }
};

const asNumber = async (name: string, value: tf.Tensor | number): Promise<number> => {
  if (typeof value === 'number') return value;
  if (!isTensor(value) || value.size !== 1)
    invalidArgument(`fit: result of validation.metrics.${name}`, 'a number or a scalar', value);
  return (await value.data())[0]!;
};

/**
 * The scores of a model on validation data: `nll`, the mean over rows of minus the log of the predictive density, and the
 * metrics. Batches weigh by their rows.
 *
 * @throws Error for an option of the wrong kind, and when run for data without rows and a score that is NaN
 * @example
 * const { scores } = validator(model, { data: { inputs: images, targets: labels }, likelihood: categorical() });
 * console.log(await scores(params, random.key(0))); // { nll: ... }
 */
export const validator = <P>(model: Model<P>, options: Validation): Validator<P> => {
  assertValidation(options);
  const { data, likelihood, samples = 10, every = 1, metrics = {} } = options;
  positiveInteger('fit: validation.samples', samples);
  positiveInteger('fit: validation.every', every);
  const names = ['nll', ...Object.keys(metrics)];
  const source = isSource(data) ? data : batches(data, { size: BATCH_SIZE, shuffle: false });
  const batchScores = async (params: P, key: Key, batch: Dataset<unknown, tf.Tensor>) => {
    const { inputs, targets, ...counted } = batch;
    if (at(['memberAxis'])(batch) === true)
      invalidArgument(
        'fit: memberAxis of validation.data',
        'left out, as the members of an ensemble are scored together',
        true,
      );
    const { prediction, nll } = tidied(() => {
      const { likelihood: scored, mean } = scoring(likelihood as RowsLikelihood, targets, counted);
      const prediction = predict<P, AnyForward, tf.Tensor, tf.Tensor>(model as Model<P, AnyForward>, {
        likelihood: { ...likelihood, ...scored } as RowsLikelihood,
        samples,
        logProb: targets,
        batchSize: batchRows(batch),
      })(params, key, ...((Array.isArray(inputs) ? inputs : [inputs]) as never[]));
      return { prediction, nll: tf.neg(mean(prediction.logProb)) };
    });
    const made: (tf.Tensor | number)[] = [];
    try {
      made.push(nll);
      for (const metric of Object.values(metrics)) made.push(metric(prediction, targets));
      return Object.fromEntries(
        await Promise.all(made.map(async (value, at) => [names[at]!, await asNumber(names[at]!, value)])),
      ) as Values;
    } finally {
      dispose([prediction, made.filter(isTensor)]);
    }
  };
  return {
    names,
    every,
    scores: async (params, key) => {
      const draws = foldIn(key, VALIDATION);
      const reading = openEpoch(source, draws, 0, 0, 'validation.data');
      const sums = new Map<string, number>();
      let rows = 0;
      try {
        for (let item = await reading.next(); !item.done; item = await reading.next()) {
          try {
            const count = batchRows(item.value);
            rows += count;
            for (const [name, value] of Object.entries(await batchScores(params, draws, item.value)))
              sums.set(name, (sums.get(name) ?? 0) + count * value);
          } finally {
            dispose(item.value);
          }
        }
      } finally {
        await reading.close();
      }
      if (rows === 0) throw new Error('fit: validation.data must have at least one row, got none');
      const scores = Object.fromEntries([...sums].map(([name, sum]) => [name, sum / rows]));
      const unknown = Object.entries(scores).find(([, value]) => Number.isNaN(value));
      if (unknown !== undefined) throw new Error(`fit: the validation's ${unknown[0]} is NaN`);
      return scores;
    },
  };
};
