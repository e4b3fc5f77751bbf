import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  bayesian,
  checkpoint,
  linear,
  normal,
  pipe,
  posteriorMean,
  random,
  sequential,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { readValues } from '../backend.ts';
import { loadDigits } from '../mnist/data.ts';

const IMAGES = 12;
const CLASSES = 10;
const CHUNK = 100;

interface Recorded {
  readonly data: readonly (readonly number[])[];
}

/** torch_blue's results for the same network, from `samples` weight samples. */
interface Reference {
  readonly samples: number;
  readonly mean_network_logits: Recorded;
  readonly predictive_probabilities: Recorded;
  readonly predictive_probability_std: Recorded;
  readonly log_probs_mean: { readonly prior: number; readonly variational: number };
}

/** The likeliest class of one image: the mean and spread of its probability over the weight samples. */
export interface Answer {
  readonly digit: number;
  readonly probability: number;
  readonly spread: number;
}

/** This library's numbers and torch_blue's. */
export interface Comparison {
  readonly samples: number;
  readonly answers: readonly { readonly label: number; readonly ours: Answer; readonly theirs: Answer }[];
  /** The largest difference between logits of the mean network, relative to the largest logit. */
  readonly meanNetwork: number;
  /** Mean log probabilities of a sample of all weights, in nats. */
  readonly logProbs: Readonly<Record<'prior' | 'posterior', readonly [ours: number, theirs: number]>>;
}

// torch_blue omits the constants of log densities by default.
const distribution = normal({ normalized: false });

/** The network that torch_blue trained: `Flatten` and a `VISequential` named `stack`. Images are already flat here. */
const model = pipe(
  sequential(linear(784, 64), tf.relu, linear(64, CLASSES)),
  bayesian({ prior: distribution, posterior: distribution }),
);

const fileAt = (name: string) => readFileSync(new URL(name, import.meta.url));

const open = () =>
  pipe(
    checkpoint.fromTorchBlue(model, { prefix: 'stack' })(fileAt('mlp.safetensors')),
    E.getOrElseW(({ message }) => {
      throw new Error(message);
    }),
  );

/** Predictions `[samples, images, classes]` and the log probabilities of each weight sample `[samples]`. */
const draws = (params: ReturnType<typeof open>, images: tf.Tensor, samples: number) => {
  const draw = vmapSamples({ samples: CHUNK })(withLogProbs(model));
  const parts = Array.from({ length: Math.ceil(samples / CHUNK) }, (_, index) =>
    tree.tidied(() => {
      const { output, logProbs } = draw(params, random.key(index), images);
      return { probabilities: tf.softmax(output), ...logProbs };
    }),
  );
  const joined = (name: keyof (typeof parts)[number]) =>
    tf.concat(
      parts.map((part) => part[name]),
      0,
    );
  return { probabilities: joined('probabilities'), prior: joined('prior'), posterior: joined('posterior') };
};

const makeAnswer = (means: readonly number[], spreads: readonly number[]): Answer => {
  const digit = means.indexOf(Math.max(...means));
  return { digit, probability: means[digit] ?? Number.NaN, spread: spreads[digit] ?? Number.NaN };
};

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

const rows = (numbers: readonly number[], width: number): readonly (readonly number[])[] =>
  Array.from({ length: numbers.length / width }, (_, row) => numbers.slice(row * width, (row + 1) * width));

/** Loads torch_blue's checkpoint, predicts the first twelve test images of MNIST and compares the results. */
export const compare = async (): Promise<Comparison> => {
  const reference = JSON.parse(fileAt('mlp.json').toString()) as Reference;
  const read = await readValues(
    tree.tidied(() => {
      const { images, labels } = loadDigits('t10k', IMAGES);
      const params = open();
      const { probabilities, prior, posterior } = draws(params, images, reference.samples);
      const { mean, variance } = tf.moments(probabilities, 0);
      const logits = posteriorMean(model).apply(params, random.key(0), images);
      const [logPrior, logPosterior] = [tf.mean(prior), tf.mean(posterior)];
      return { labels, mean, spread: tf.sqrt(variance), logits, logPrior, logPosterior };
    }) as Readonly<Record<'labels' | 'mean' | 'spread' | 'logits' | 'logPrior' | 'logPosterior', tf.Tensor>>,
  );
  const wanted = reference.mean_network_logits.data.flat();
  const makeAnswers = (a: readonly (readonly number[])[] = [], b: readonly (readonly number[])[] = []) =>
    a.map((row, i) => makeAnswer(row, b[i] ?? []));
  const ours = makeAnswers(rows(read.mean, CLASSES), rows(read.spread, CLASSES));
  const theirs = makeAnswers(
    reference.predictive_probabilities.data,
    reference.predictive_probability_std.data,
  );
  const number = ([value = Number.NaN]: readonly number[]): number => value;
  return {
    samples: reference.samples,
    answers: read.labels.map((label, i) => ({
      label,
      ours: ours[i] as Answer,
      theirs: theirs[i] as Answer,
    })),
    meanNetwork: largest(wanted.map((x, i) => x - (read.logits[i] ?? Number.NaN))) / largest(wanted),
    logProbs: {
      prior: [number(read.logPrior), reference.log_probs_mean.prior],
      posterior: [number(read.logPosterior), reference.log_probs_mean.variational],
    },
  };
};
