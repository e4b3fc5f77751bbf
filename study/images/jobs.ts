// The jobs of the images: in a module of their own, which every thread imports.
import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  aurc,
  auroc,
  calibration,
  entropy,
  fpr95,
  negativeLogLikelihood,
  type Predictive,
  riskCoverage,
  temperatureScaling,
  tree,
} from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';
import { measured } from '../measured.ts';
import { rounded } from '../rounded.ts';
import { type Dataset, type ImageSets, imageSets, type Sizes, turned } from './data.ts';
import { type Fitted, type Length, type MethodName, methods } from './methods.ts';

/** Scores of probabilities, by entropies that say how uncertain they are, in nats. */
export interface ImageScores {
  readonly accuracy: number;
  readonly nll: number;
  readonly ece: number;
  /** How well the entropy tells the other data set's images apart. */
  readonly auroc: number;
  readonly fpr95: number;
  /** The area under the risk-coverage curve, and the risk at each twentieth of the rows. */
  readonly aurc: number;
  readonly risk: readonly number[];
  /** Bins of confidence of equal width. */
  readonly reliability: {
    readonly confidence: readonly number[];
    readonly accuracy: readonly number[];
    readonly count: readonly number[];
  };
}

/** What happens as the images turn: the mean entropy, its epistemic part, and the accuracy, at each angle. */
export interface Turning {
  readonly degrees: readonly number[];
  readonly total: readonly number[];
  readonly epistemic: readonly number[];
  readonly accuracy: readonly number[];
}

/** What a method reaches on test images. */
export interface ImageValues extends ImageScores {
  readonly turning: Turning;
  /** The same after temperature scaling on images held back, for the plain network. */
  readonly scaled?: ImageScores & { readonly temperature: number };
}

const DEGREES = [0, 30, 60, 90, 120, 150, 180];
const LEVELS = 20;

const list = (values: tf.Tensor): readonly number[] => Array.from(values.dataSync(), rounded);
const number = (value: tf.Tensor): number => list(value)[0]!;

/** Probabilities of each class for the test images, and entropies for them and for the other data set's. */
interface Answers {
  readonly probabilities: tf.Tensor;
  readonly own: tf.Tensor;
  readonly other: tf.Tensor;
}

const scores = ({ probabilities, own, other }: Answers, labels: tf.Tensor): ImageScores =>
  tree.tidied(() => {
    const errors = tf.notEqual(tf.argMax(probabilities, -1), labels);
    const [all, isOther] = [
      tf.concat([own, other]),
      tf.concat([tf.zerosLike(own), tf.onesLike(other)]),
    ] as const;
    const curve = list(riskCoverage({ uncertainty: own, errors }).risk);
    const { ece, ...bins } = calibration(probabilities, labels, { bins: LEVELS });
    return {
      accuracy: number(accuracy(probabilities, labels)),
      nll: number(negativeLogLikelihood(probabilities, labels)),
      ece: number(ece),
      auroc: number(auroc(all, isOther)),
      fpr95: number(fpr95(all, isOther)),
      aurc: number(aurc({ uncertainty: own, errors })),
      risk: Array.from(
        { length: LEVELS },
        (_, at) => curve[Math.ceil(((at + 1) / LEVELS) * curve.length) - 1]!,
      ),
      reliability: {
        confidence: list(bins.confidence),
        accuracy: list(bins.accuracy),
        count: list(bins.count),
      },
    };
  });

const turning = ({ predicted }: Fitted, { images, labels }: ImageSets['test'], count: number): Turning => {
  const each = DEGREES.map((degrees) =>
    tree.tidied(() => {
      const prediction = predicted(turned(tf.slice(images, 0, count), degrees));
      return {
        total: number(tf.mean(prediction.uncertainty.total)),
        epistemic: number(tf.mean(prediction.uncertainty.epistemic)),
        accuracy: number(accuracy(prediction.mean, tf.slice(labels, 0, count))),
      };
    }),
  );
  return {
    degrees: DEGREES,
    total: each.map(({ total }) => total),
    epistemic: each.map(({ epistemic }) => epistemic),
    accuracy: each.map(({ accuracy }) => accuracy),
  };
};

const scaled = async (
  held: Predictive,
  own: Predictive,
  other: Predictive,
  { held: { labels }, test }: ImageSets,
) => {
  const scaling = await temperatureScaling(held.mean, labels);
  const answers = tree.tidied(() => {
    const probabilities = scaling.apply(own.mean);
    return {
      probabilities,
      own: entropy(probabilities),
      other: entropy(scaling.apply(other.mean)),
    };
  });
  const reached = scores(answers, test.labels);
  tree.dispose(answers);
  return { temperature: rounded(scaling.temperature), ...reached };
};

/** Trains LeNet-5 by a method, and scores it on test images, on those of another data set and on turned ones. */
export const images = job(
  import.meta.url,
  'images',
  (
    {
      dataset,
      method,
      sizes,
      length,
    }: {
      readonly dataset: Dataset;
      readonly method: MethodName;
      readonly sizes: Sizes;
      readonly length: Length;
    },
    key,
  ) =>
    measured(async (): Promise<ImageValues> => {
      const sets = imageSets(dataset, sizes);
      const fitted = await methods[method].run(sets.train, length, key);
      const own = fitted.predicted(sets.test.images);
      const other = fitted.predicted(sets.other);
      const answers = {
        probabilities: own.mean,
        own: own.uncertainty.total,
        other: other.uncertainty.total,
      };
      const held = method === 'plain' ? fitted.predicted(sets.held.images) : undefined;
      const values = {
        ...scores(answers, sets.test.labels),
        turning: turning(fitted, sets.test, sizes.rotated),
        ...(held && { scaled: await scaled(held, own, other, sets) }),
      };
      fitted.dispose();
      tree.dispose([sets, own, other, held]);
      return values;
    }),
);
