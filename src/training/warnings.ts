import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import type { Site } from '../layers/index.ts';
import type { AnyModel } from '../transforms/model.ts';
import { at, dispose, entries, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';
import type { Values } from './progress.ts';

/** The page that explains every warning. */
const SEE = 'See docs/concepts/underfitting.md.';

/** In a shorter run everything still moves, which needs no warning. */
const ENOUGH_EPOCHS = 10;

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const text = (value: number): string => String(Number(value.toPrecision(3)));

/** The number of networks whose losses a history has the sums of: those of an ensemble have columns of their own. */
const networkCount = ([first = {}]: readonly Values[]): number =>
  Math.max(1, Object.keys(first).filter((name) => /^loss\/\d+$/.test(name)).length);

/** The values of one part of the loss; `undefined` if an epoch does not have it. */
const column = (history: readonly Values[], name: string): readonly number[] | undefined => {
  const values = history.map((epoch) => epoch[name] ?? Number.NaN);
  return values.every(Number.isFinite) ? values : undefined;
};

/** The means over every run of `width` neighbours. */
const movingMeans = (values: readonly number[], width: number): readonly number[] =>
  Array.from({ length: values.length - width + 1 }, (_, start) => mean(values.slice(start, start + width)));

/** The standard deviation of the noise around a smooth curve, for normal noise: a difference's median is 0.954 of it. */
const noise = (values: readonly number[]): number =>
  median(values.slice(1).map((value, index) => Math.abs(value - values[index]!))) / 0.954;

/**
 * The warning that the prior outweighs the data, which shows in two ways. The data term first falls and then rises, as the
 * divergence falls: by more than 0.05 nats per row, a quarter of what it had gained, and its noise (a sound posterior gives
 * back some too). Or it never falls, by 0.02 nats per row, while nine tenths of the divergence go. A run of fewer than ten
 * epochs is not judged.
 *
 * @param epochRows the rows of an epoch, which put the terms on the scale of one row
 * @example
 * const history = [...Array(20).keys()].map((n) => ({ dataFitting: 100, divergence: 500 * 0.5 ** n }));
 * console.log(priorWarning(history, 100) === undefined); // false
 */
export const priorWarning = (
  history: readonly Values[],
  epochRows: number | undefined,
): string | undefined => {
  const rows = epochRows === undefined ? undefined : epochRows * networkCount(history);
  const [data, divergence] = [column(history, 'dataFitting'), column(history, 'divergence')];
  if (rows === undefined || data === undefined || divergence === undefined) return undefined;
  if (data.length < ENOUGH_EPOCHS) return undefined;
  const perRow = data.map((value) => value / rows);
  // A tenth of the run for its end, and not so many epochs for its best ones, which may be few.
  const tenth = Math.floor(perRow.length / 10);
  const width = Math.min(5, tenth);
  const smooth = movingMeans(perRow, width);
  const lowest = Math.min(...smooth);
  const epoch = smooth.indexOf(lowest) + Math.floor(width / 2);
  const [first, last] = [perRow[0]!, mean(perRow.slice(-tenth))];
  const [gain, rise] = [first - lowest, last - lowest];
  const fall = (divergence[epoch]! - divergence.at(-1)!) / rows;
  const tries = `Try a temperature below 1, fewer Bayesian weights or another prior, and check datasetSize. ${SEE}`;
  const least = Math.max(0.05, 0.25 * gain, (4 * noise(perRow)) / Math.sqrt(width));
  if (rise > least && fall > rise) {
    return (
      `fit: the prior outweighs the data: dataFitting rose from ${text(lowest)} nats per row (epoch ${epoch + 1}) to ` +
      `${text(last)}, while divergence fell by ${text(fall)}, so the network lost part of what it had learned. ${tries}`
    );
  }
  const [before, after] = [divergence[0]! / rows, divergence.at(-1)! / rows];
  if (gain < 0.02 && before > 0.1 && after < 0.1 * before) {
    return (
      `fit: the prior outweighs the data: dataFitting stayed at ${text(last)} nats per row, while divergence fell from ` +
      `${text(before)} to ${text(after)}, so the network returned to its prior and learned nothing. ${tries}`
    );
  }
  return undefined;
};

/**
 * The warning that the loss does not show the fit, since nearly all of it is a divergence that hardly changes: 99 % or more
 * from the first epoch to the last, while the loss falls by less than a tenth. A run of fewer than ten epochs is not judged.
 *
 * @example
 * const history = [...Array(20).keys()].map((n) => ({
 *   loss: 1e6 - n, dataFitting: 100 - n, divergence: 1e6 - 100,
 * }));
 * console.log(lossWarning(history) === undefined); // false
 */
export const lossWarning = (history: readonly Values[]): string | undefined => {
  const [loss, data, divergence] = ['loss', 'dataFitting', 'divergence'].map((name) => column(history, name));
  if (loss === undefined || data === undefined || divergence === undefined) return undefined;
  if (loss.length < ENOUGH_EPOCHS) return undefined;
  const share = Math.min(...divergence.map((value, index) => value / (value + Math.abs(data[index]!))));
  const fall = 1 - loss.at(-1)! / loss[0]!;
  if (!(share >= 0.99 && fall < 0.1)) return undefined;
  return (
    `fit: the loss does not show the fit: ${text(100 * share)} % of it or more is divergence, and it fell by only ` +
    `${text(100 * fall)} %, while dataFitting went from ${text(data[0]!)} to ${text(data.at(-1)!)}. ` +
    `Judge the fit by dataFitting, or by validation. ${SEE}`
  );
};

/** The posteriors of one variable. */
export interface Spread {
  /** The variable's path. */
  readonly name: string;
  /** The number of its elements. */
  readonly size: number;
  /** The mean log standard deviation, after each of the last epochs. */
  readonly logStds: readonly number[];
}

/** The smallest of a variable's last movements, or 0 if they differ in sign, as noise does. */
const movement = ({ logStds }: Spread): number => {
  const moves = logStds.slice(1).map((value, index) => value - logStds[index]!);
  const sameSign = moves.every((move) => move > 0) || moves.every((move) => move < 0);
  return sameSign ? Math.min(...moves.map(Math.abs)) : 0;
};

/**
 * The warning that spreads still move: as many epochs more, each like the last ones, would change them by more than a
 * fifth. A run of fewer than ten epochs is not judged.
 *
 * @param epochs the number of epochs of the run
 * @example
 * const logStds = [-5, -5.01, -5.02, -5.03];
 * console.log(spreadWarning([{ name: 'weight', size: 10, logStds }], 20) === undefined); // true
 * console.log(spreadWarning([{ name: 'weight', size: 10, logStds }], 50) === undefined); // false
 */
export const spreadWarning = (spreads: readonly Spread[], epochs: number): string | undefined => {
  const known = spreads.filter(({ logStds }) => logStds.length > 1 && logStds.every(Number.isFinite));
  const elements = known.reduce((sum, { size }) => sum + size, 0);
  if (epochs < ENOUGH_EPOCHS || elements === 0) return undefined;
  const shares = known.map((spread) => (movement(spread) * spread.size) / elements);
  if (!(epochs * shares.reduce((sum, share) => sum + share, 0) > 0.2)) return undefined;
  const { name, logStds } = known[shares.indexOf(Math.max(...shares))]!;
  const [before, after] = logStds.slice(-2).map((logStd) => text(Math.exp(logStd)));
  return (
    `fit: the spreads still move at the end of training: that of '${name}' went from ${before} to ${after} in the last ` +
    `epoch, so the uncertainty is not yet that of the posterior. Try adam({ beta2: 0.98 }), or more epochs. ${SEE}`
  );
};

/** The mean, the standard deviation and the greatest absolute value of a column of inputs. */
export interface ColumnMoments {
  readonly mean: number;
  readonly std: number;
  readonly greatest: number;
}

/**
 * The warning that inputs look unscaled: a column with a mean beyond 20 on either side or a standard deviation above 20, or
 * no value of any column as large as 0.1. Pixels from 0 to 1, one-hot and standardized columns are fine.
 *
 * @param name the tensor's path in the batch
 * @example
 * const moments = [{ mean: 0, std: 1, greatest: 3 }, { mean: 2970, std: 850, greatest: 5140 }];
 * console.log(inputsWarning('inputs', moments) === undefined); // false
 */
export const inputsWarning = (name: string, columns: readonly ColumnMoments[]): string | undefined => {
  const size = ({ mean, std }: ColumnMoments): number => Math.max(Math.abs(mean), std);
  const [largest, greatest] = [
    Math.max(...columns.map(size)),
    Math.max(...columns.map((each) => each.greatest)),
  ];
  const isSmall = greatest > 0 && greatest < 0.1;
  if (!(largest > 20 || isSmall)) return undefined;
  const index = columns.findIndex((each) => size(each) === largest);
  const { mean, std } = columns[index]!;
  return (
    `fit: ${name} look unscaled: column ${index} has mean ${text(mean)} and standard deviation ${text(std)} in the first ` +
    'batch, but initial weights and priors are made for values near 1. Try standardize, or divide pixels by 255. ' +
    SEE
  );
};

/** How many values of a batch are read. */
const READ_AT_MOST = 100_000;

/** The moments of the columns of a tensor `[rows, ..., columns]`, over its first rows. */
const columnMoments = (x: tf.Tensor): readonly ColumnMoments[] => {
  const rows = Math.max(1, Math.floor((READ_AT_MOST * x.shape[0]!) / x.size));
  const values = tidied(() => tf.slice(x, 0, Math.min(rows, x.shape[0]!)).dataSync());
  const columns = x.shape.at(-1)!;
  const [sums, squares, greatest] = [0, 1, 2].map(() => new Float64Array(columns)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  values.forEach((value, index) => {
    const to = index % columns;
    sums[to]! += value;
    squares[to]! += value * value;
    greatest[to] = Math.max(greatest[to]!, Math.abs(value));
  });
  const count = values.length / columns;
  return Array.from(sums, (sum, index) => {
    const mean = sum / count;
    const std = Math.sqrt(Math.max(squares[index]! / count - mean * mean, 0));
    return { mean, std, greatest: greatest[index]! };
  });
};

/** The first tensor of a batch's inputs that looks unscaled. On a GPU, where a read would wait for it, none does. */
const batchWarning = (batch: unknown): string | undefined => {
  if (!canReadSync()) return undefined;
  for (const { path, tensor } of entries(at(['inputs'])(batch))) {
    const hidden: boolean = isTracer(tensor);
    if (tensor.dtype !== 'float32' || tensor.rank < 2 || tensor.size === 0 || hidden) continue;
    const found = inputsWarning(pathName(['inputs', ...path]), columnMoments(tensor));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The variables whose posteriors have a spread. */
const spreadSites = (model: AnyModel | undefined): readonly Site[] =>
  (model?.network.sites ?? []).filter(
    ({ posterior }) => posterior.moments !== undefined && posterior.deterministic !== true,
  );

/** The mean log standard deviation of each variable, `[sites]`; NaN for missing parameters. */
const meanLogStds = (sites: readonly Site[], params: unknown): tf.Tensor =>
  tidied(() =>
    tf.stack(
      sites.map(({ path, posterior }) => {
        const own = at(path)(params);
        if (own === undefined) return tf.scalar(Number.NaN);
        return tf.mul(0.5, tf.mean(tf.log(posterior.moments!(own).variance)));
      }),
    ),
  );

/** The epochs after which spreads are measured: the last four, so that there are three movements. */
const MEASURED = 4;

/** What `fit` reports to its warnings. */
export interface Watch {
  /** The batch of a step; only the first is read. */
  readonly batch: (batch: unknown) => void;
  /** The parameters after an epoch, from 1. */
  readonly epoch: (epoch: number, params: unknown) => void;
  /** The warnings at the end, about the epochs of a run from its start. */
  readonly end: (history: readonly Values[]) => Promise<readonly string[]>;
  /** Disposes the measured spreads. */
  readonly dispose: () => void;
}

/** Warns of nothing, and computes nothing. */
const unwatched: Watch = { batch: () => {}, epoch: () => {}, end: async () => [], dispose: () => {} };

/** What a run's warnings depend on. */
interface Watched {
  readonly model: AnyModel | undefined;
  readonly epochs: number;
  readonly rows: number | undefined;
  readonly warnings: boolean | undefined;
}

/**
 * The warnings of one run: of its inputs at once, of all else at its end.
 *
 * @example
 * const watching = watch({ model, epochs: 20, rows: 1000, warnings: true });
 */
export const watch = ({ model, epochs, rows, warnings = true }: Watched): Watch => {
  if (!warnings) return unwatched;
  const sites = spreadSites(model);
  const measured: tf.Tensor[] = [];
  let isFirst = true;
  return {
    batch: (batch) => {
      const found = isFirst ? batchWarning(batch) : undefined;
      isFirst = false;
      if (found !== undefined) console.warn(found);
    },
    epoch: (epoch, params) => {
      const isLate = epochs >= ENOUGH_EPOCHS && epoch > epochs - MEASURED;
      if (isLate && sites.length > 0) measured.push(meanLogStds(sites, params));
    },
    end: async (history) => {
      const values = await Promise.all(measured.map((x) => x.data()));
      const spreads = sites.map(({ name, shape }, index) => ({
        name,
        size: tf.util.sizeFromShape([...shape]),
        logStds: values.length < MEASURED ? [] : values.map((logStds) => logStds[index]!),
      }));
      const found = [priorWarning(history, rows), spreadWarning(spreads, epochs), lossWarning(history)];
      return found.filter((message) => message !== undefined);
    },
    dispose: () => dispose(measured.splice(0)),
  };
};
