import * as tf from '@tensorflow/tfjs-core';
import { type Layer, linear, normal, sequential } from 'tfjs-bayesian';
import { RANGE } from '../shared/range.ts';
import type { Settings } from '../shared/settings.ts';

/** A network from `[batch, inputs]` to `[batch, 1]`. */
export type Network = Layer<unknown, (x: tf.Tensor) => tf.Tensor>;

/** Bumps extend a little beyond the plot, so that its edges are covered. */
const REACH = 1.08 * RANGE;

/** `count` numbers from 0 to 1 in equal steps. */
const even = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => (i + 0.5) / count);

/** The fractional parts of the multiples of a number. */
const multiples = (of: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => (0.5 + (i + 1) * of) % 1);

/**
 * The centres of the bumps, `count` rows: evenly spaced on a line; in a square, by the quasirandom sequence of the
 * plastic number (Roberts 2018), which covers it evenly for any count.
 */
const placeCentres = (inputs: 1 | 2, count: number): number[][] => {
  const columns =
    inputs === 1 ? [even(count)] : [multiples(0.7548776662, count), multiples(0.569840291, count)];
  return even(count).map((_, row) => columns.map((column) => (2 * (column[row] as number) - 1) * REACH));
};

/** The width of a bump: neighbours overlap, so that functions are smooth. */
const bumpWidth = (inputs: 1 | 2, count: number): number =>
  ({ 1: 1.5, 2: 1.1 })[inputs] * ((2 * REACH) / count ** (1 / inputs));

/** Radial units, `[batch, inputs]` to `[batch, count]`: each responds to one region of the plot only. */
const bumps = (inputs: 1 | 2, count: number) => {
  const centres = placeCentres(inputs, count);
  const width = bumpWidth(inputs, count);
  return (x: tf.Tensor): tf.Tensor => {
    const apart = tf.sub(tf.expandDims(x, -2), tf.tensor2d(centres));
    return tf.exp(tf.mul(-0.5 / width ** 2, tf.sum(tf.square(apart), -1)));
  };
};

/** A linear layer whose prior has exactly this standard deviation. */
const layerWith = (from: number, to: number, std: number) => linear(from, to, { prior: normal({ std }) });

/** One hidden layer of units that respond everywhere. */
const oneLayer =
  (activation: (x: tf.Tensor) => tf.Tensor) =>
  (inputs: 1 | 2, { width, priorScale }: Settings): Network =>
    sequential(
      layerWith(inputs, width, 2),
      activation,
      layerWith(width, 1, (1.5 * priorScale) / Math.sqrt(width)),
    );

const networks: Readonly<Record<Settings['units'], (inputs: 1 | 2, settings: Settings) => Network>> = {
  bumps: (inputs, { width, priorScale, method }) =>
    sequential(
      bumps(inputs, width),
      // IVON starts narrow, wherever the prior is.
      linear(width, 1, { prior: normal({ std: priorScale }), priorInitialization: method !== 'ivon' }),
    ),
  tanh: oneLayer((x) => tf.tanh(x)),
  relu: oneLayer((x) => tf.relu(x)),
};

/** The network for a panel's settings. */
export const makeNetwork = (inputs: 1 | 2, settings: Settings): Network =>
  networks[settings.units](inputs, settings);
