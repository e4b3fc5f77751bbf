import { type FieldKinds, knownFields, knownOptions } from '../check/index.ts';
import {
  type BandOptions,
  bandFigure,
  bandOptionNames,
  type DataPoints,
  quantileRibbons,
  readPoints,
} from './band.ts';
import type { Figure } from './figure.ts';
import { ascendingOrder, type Numbers, readList, readRows } from './numbers.ts';
import { loadPlot } from './peers.ts';

/** Functions sampled from a prior along one input. */
export interface PriorFunctions {
  /** The inputs, `[n]` or `[n, 1]`, in any order. */
  readonly x: Numbers;
  /** The functions' values, `[samples, n]` or `[samples, n, 1]`, as `priorPredictive` samples them. */
  readonly samples: Numbers;
  /** Data to compare their size with; the prior has not seen it. */
  readonly data?: DataPoints;
}

const kinds: FieldKinds<PriorFunctions> = { x: 'value', samples: 'value', data: 'object?' };

const fn = 'plot.priorPredictive';

/**
 * Functions sampled from a model's prior, along one input (20 of them by default), with the ribbon that has 95 % of them at each input. Draw it
 * before training: functions that are far larger, or far rougher, than anything plausible ask for another prior. Data in
 * the figure shows the size of targets.
 *
 * @throws Error for lists that do not fit, NaN or infinite values, and options out of range
 * @example
 * const x = tf.reshape(tf.linspace(-1, 1, 50), [50, 1]);
 * const model = bayesian()(sequential(linear(1, 16), tf.tanh, linear(16, 1)));
 * const samples = priorPredictive(model)(random.key(0), x);
 * const labels = { xLabel: 'voltage, V', yLabel: 'current, A' };
 * const figure = await plot.priorPredictive({ x, samples }, labels);
 */
export const priorPredictive = async (given: PriorFunctions, options: BandOptions = {}): Promise<Figure> => {
  knownFields(fn, given, kinds);
  knownOptions(fn, options, bandOptionNames);
  const x = await readList(`${fn}: x`, given.x);
  const inOrder = ascendingOrder(x);
  const samples = (await readRows(`${fn}: samples`, given.samples, x.length)).map(inOrder);
  const content = {
    x: inOrder(x),
    ribbons: quantileRibbons(samples, [0.95], () => '95 % of functions'),
    samples,
    samplesName: 'functions from the prior',
    data: await readPoints(`${fn}: data`, given.data),
    heldOut: [],
  };
  return bandFigure(await loadPlot(), fn, content, { functions: 20, ...options });
};
