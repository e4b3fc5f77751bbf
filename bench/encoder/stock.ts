import * as tf from '@tensorflow/tfjs-core';
import type { Run } from '../contender.ts';
import { drawn, mean, total } from '../stock/loss.ts';
import { type Spread, spread } from '../stock/network.ts';
import { readAtOnce } from '../stock/runs.ts';
import { type EncoderSize, encoderProblem, sequences } from './problem.ts';

const { dModel, nhead, dimFeedforward, length, datasetSize } = encoderProblem;

const projections = ['query', 'key', 'value', 'joined'] as const;

/** The matrices and biases of an encoder layer by name. */
const weights = (): Readonly<Record<string, Spread>> => ({
  ...Object.fromEntries(
    projections.flatMap((name) => [
      [name, spread([dModel, dModel], dModel)],
      [`${name}Bias`, spread([dModel], dModel)],
    ]),
  ),
  inner: spread([dModel, dimFeedforward], dModel),
  innerBias: spread([dimFeedforward], dModel),
  outer: spread([dimFeedforward, dModel], dimFeedforward),
  outerBias: spread([dModel], dimFeedforward),
});

type Draws = Readonly<Record<string, tf.Tensor>>;
type Norms = readonly { readonly scale: tf.Variable; readonly shift: tf.Variable }[];

const norms = (): Norms =>
  [1, 2].map(() => ({ scale: tf.variable(tf.ones([dModel])), shift: tf.variable(tf.zeros([dModel])) }));

const normalized = (x: tf.Tensor, { scale, shift }: Norms[number]): tf.Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), shift);
};

/** Rows `[batch * length, in]` to as many of another size. */
const dense = (own: Draws, name: string, x: tf.Tensor): tf.Tensor =>
  tf.add(tf.matMul(x as tf.Tensor2D, own[name] as tf.Tensor2D), own[`${name}Bias`] as tf.Tensor);

const heads = (rows: tf.Tensor): tf.Tensor =>
  tf.transpose(tf.reshape(rows, [-1, length, nhead, dModel / nhead]), [0, 2, 1, 3]);

const encoded = (own: Draws, [first, second]: Norms, rows: tf.Tensor): tf.Tensor => {
  const query = tf.mul(heads(dense(own, 'query', rows)), 1 / Math.sqrt(dModel / nhead));
  const weighed = tf.softmax(tf.matMul(query, heads(dense(own, 'key', rows)), false, true));
  const context = tf.transpose(tf.matMul(weighed, heads(dense(own, 'value', rows))), [0, 2, 1, 3]);
  const attended = dense(own, 'joined', tf.reshape(context, [-1, dModel]));
  const x = normalized(tf.add(rows, attended), first as Norms[number]);
  return normalized(tf.add(x, dense(own, 'outer', tf.relu(dense(own, 'inner', x)))), second as Norms[number]);
};

const negativeElbo = (
  { batch, samples }: EncoderSize,
  spreads: Readonly<Record<string, Spread>>,
  ordinary: Norms,
  inputs: tf.Tensor,
  targets: tf.Tensor,
): tf.Scalar => {
  const [rows, wanted] = [inputs, targets].map((x) => tf.reshape(x, [-1, dModel])) as [tf.Tensor, tf.Tensor];
  const terms = Array.from({ length: samples }, () => {
    const draws = Object.entries(spreads).map(
      ([name, each]) => [name, drawn(each, tf.exp(each.logStd))] as const,
    );
    const own = Object.fromEntries(draws.map(([name, { value }]) => [name, value]));
    const errors = tf.squaredDifference(encoded(own, ordinary, rows), wanted);
    return {
      fitting: tf.div(tf.sum(errors), 2 * batch),
      divergence: total(draws.map(([, { posterior, prior }]) => tf.sub(posterior, prior))),
    };
  });
  return tf.add(
    tf.mul(datasetSize, mean(terms.map(({ fitting }) => fitting))),
    mean(terms.map(({ divergence }) => divergence)),
  );
};

/** Training of the encoder layer in TensorFlow.js's own words, a sample at a time: a step that gives its loss. */
export const stockEncoderTraining = (size: EncoderSize = encoderProblem): (() => tf.Scalar) => {
  const { inputs, targets } = sequences(size);
  const [spreads, ordinary] = [weights(), norms()];
  const optimizer = tf.train.adam(1e-3);
  const variables = [
    ...Object.values(spreads).flatMap(({ mean: location, logStd }) => [location, logStd]),
    ...ordinary.flatMap(({ scale, shift }) => [scale, shift]),
  ];
  return () =>
    optimizer.minimize(
      () => negativeElbo(size, spreads, ordinary, inputs, targets),
      true,
      variables,
    ) as tf.Scalar;
};

/** A run that makes one such step. */
export const stockEncoderStep = (): Run => readAtOnce(stockEncoderTraining());
