import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import { isTensor, tidied } from '../tree/index.ts';
import {
  boundedLog,
  classProbabilities,
  labelledRows,
  type MetricOptions,
  metricOptions,
  SMALLEST,
  takeValues,
} from './rows.ts';

/** Options of `temperatureScaling` for a known temperature: what `JSON.stringify` keeps of a fitted one. */
export interface TemperatureScalingOptions extends MetricOptions {
  /** What the logs of probabilities are divided by; above 0. */
  readonly temperature: number;
}

const names: OptionNames<TemperatureScalingOptions> = { temperature: true, multiLabel: true };

/** Makes the probabilities of a model less or more confident. */
export interface TemperatureScaling {
  /** Above 1 if the model was too confident, below 1 if not confident enough; from 0.01 to 100 if fitted. */
  readonly temperature: number;
  /** Whether each number is an independent probability of a one. */
  readonly multiLabel: boolean;
  /**
   * Scales probabilities, of the shapes that metrics take: `p ** (1 / temperature)`, divided by its sum over the classes.
   * The most probable class stays the same.
   */
  readonly apply: (probabilities: tf.Tensor) => tf.Tensor;
}

const fn = 'temperatureScaling';

const scaling = (temperature: number, multiLabel: boolean): TemperatureScaling => ({
  temperature,
  multiLabel,
  apply: (probabilities) =>
    tf.tidy(() => {
      const p = classProbabilities(fn, probabilities, { multiLabel });
      const scaled = tf.softmax(tf.div(boundedLog(p), temperature));
      if (p.rank === probabilities.rank) return scaled;
      // Of the two classes of a binary output, the probability of a one.
      const ones = tf.slice(scaled, [...probabilities.shape.map(() => 0), 1], [...probabilities.shape, 1]);
      return tf.reshape(ones, probabilities.shape);
    }),
});

/** Class probabilities as logs, each less that of its row's most probable class; and those of the labels. */
interface Logs {
  /** `[rows, classes]`, flat. */
  readonly all: Float64Array;
  readonly classes: number;
  /** `[rows]`. */
  readonly labels: Float64Array;
}

/** The sums over rows of the negative log likelihood, and of its first two derivatives, in `1 / temperature`. */
const loss = ({ all, classes, labels }: Logs, inverse: number) => {
  let [value, slope, curvature] = [0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    let [total, first, second] = [0, 0, 0];
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      const log = all[at] as number;
      const weight = Math.exp(inverse * log);
      total += weight;
      first += weight * log;
      second += weight * log * log;
    }
    value += Math.log(total) - inverse * label;
    slope += first / total - label;
    curvature += second / total - (first / total) ** 2;
  }
  return { value, slope, curvature };
};

/** The largest temperature, and the inverse of the smallest. */
const MOST = 100;
const MAX_STEPS = 100;

/**
 * The temperature of least loss between 0.01 and 100. The loss is convex in the inverse of the temperature, so its slope
 * changes sign once at most: Newton's method, and bisection of the logarithm where a step would leave the bracket.
 */
const leastLoss = (logs: Logs): number => {
  let [low, high] = [1 / MOST, MOST];
  let inverse = 1;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { slope, curvature } = loss(logs, inverse);
    if (slope < 0) low = inverse;
    else high = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - inverse) <= 1e-12 * inverse) break;
    inverse = next;
  }
  // The ends too, which bisection only approaches. Unscaled probabilities stay unless another temperature is better.
  const unscaled = { inverse: 1, value: loss(logs, 1).value };
  const best = [inverse, 1 / MOST, MOST].reduce((least, each) => {
    const { value } = loss(logs, each);
    return value < least.value ? { inverse: each, value } : least;
  }, unscaled);
  return 1 / best.inverse;
};

const readLogs = async (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions,
): Promise<Logs> => {
  const rows = tidied(() => labelledRows(fn, probabilities, labels, options));
  const classes = rows.probabilities.shape[1];
  const [p = [], targets = [], sound = []] = await takeValues([rows.probabilities, rows.targets, rows.sound]);
  const unsound = sound.findIndex(Number.isNaN);
  if (unsound >= 0) {
    const row = Array.from(p.slice(unsound * classes, (unsound + 1) * classes));
    invalidArgument(`${fn}: row ${unsound}`, 'probabilities and a label among their classes', row);
  }
  const all = Float64Array.from(p, (each) => Math.log(Math.max(each, SMALLEST)));
  for (let at = 0; at < all.length; at += classes) {
    const row = all.subarray(at, at + classes);
    const greatest = row.reduce((most, each) => Math.max(most, each));
    row.forEach((each, k) => {
      row[k] = each - greatest;
    });
  }
  return { all, classes, labels: all.filter((_, at) => targets[at] === 1) };
};

const fit = async (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions,
): Promise<TemperatureScaling> => {
  const { multiLabel = false } = metricOptions(fn, options);
  return scaling(leastLoss(await readLogs(probabilities, labels, options)), multiLabel);
};

/**
 * Calibrates a classifier by one number: the logs of its probabilities are divided by a temperature, the one with the
 * least negative log likelihood on validation predictions (Guo et al., On calibration of modern neural networks, 2017).
 * On the rows it is fitted to, the negative log likelihood never rises, and accuracy stays the same. Fit it on rows that
 * the model was not trained on, and measure calibration on others still.
 *
 * Probabilities `[batch, classes]`, such as the `mean` of `predict`, and labels `[batch]`; or binary outputs, as in
 * `negativeLogLikelihood`, whose lower bound of 2^-126 for a probability holds here too. The temperature is from 0.01 to
 * 100: on rows whose labels are all the most probable class, lower would always be better.
 *
 * Given a temperature instead, the result is that scaling, at once: `JSON.stringify` of a fitted one keeps the options
 * that make it again.
 *
 * @throws Error (the promise rejects) if the shapes do not fit, or for invalid probabilities (logits, NaN) or labels; for
 * a temperature that is not above 0. `apply` throws as `negativeLogLikelihood` does for invalid probabilities
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const validation = run(params, random.key(1), testImages);
 * const scaling = await temperatureScaling(validation.mean, testLabels);
 * const { mean } = run(params, random.key(2), images);
 * const calibrated = scaling.apply(mean); // [200, 10]
 * const again = temperatureScaling(JSON.parse(JSON.stringify(scaling)));
 */
export function temperatureScaling(
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options?: MetricOptions,
): Promise<TemperatureScaling>;
export function temperatureScaling(options: TemperatureScalingOptions): TemperatureScaling;
export function temperatureScaling(
  first: tf.Tensor | TemperatureScalingOptions,
  labels?: tf.Tensor,
  options: MetricOptions = {},
): TemperatureScaling | Promise<TemperatureScaling> {
  if (isTensor(first)) return fit(first, labels as tf.Tensor, options);
  const { temperature, ...others } = knownOptions(fn, first, names);
  const { multiLabel = false } = metricOptions(fn, others);
  return scaling(positiveNumber(`${fn}: temperature`, temperature), multiLabel);
}
