import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { type CurvesOptions, curvesFigure, curvesOptionNames } from './curvesFigure.ts';
import type { Figure } from './figure.ts';
import { type Numbers, readList } from './numbers.ts';
import { isWithin, words } from './words.ts';

/**
 * The history of training: the parts of the loss in each epoch, as the `history` of `fit`, or a list for each part. A part
 * named `epoch` or `step` has the values of the horizontal axis, as in the `validations` of `fit`.
 */
export type TrainingHistory =
  | readonly Readonly<Record<string, number>>[]
  | { readonly [part: string]: Numbers };

/** Whether a part has the values of the horizontal axis. */
const isAxis = (part: string): boolean => part === 'epoch' || part === 'step';

/** Options of `trainingCurves`. */
export interface TrainingCurvesOptions extends CurvesOptions {
  /**
   * Draws the parts of this part: `'divergence'` has a curve for each variable, which the history has if the loss is made
   * with `withDivergence({ perVariable: true })`, and `'loss'` one for each member of an ensemble. By default those are left
   * out.
   */
  readonly within?: string;
}

const optionNames: OptionNames<TrainingCurvesOptions> = { ...curvesOptionNames, within: true };

const lists = (history: TrainingHistory): { readonly [part: string]: unknown } => {
  if (typeof history !== 'object' || history === null) {
    return invalidArgument(
      'plot.trainingCurves: history',
      'the history of fit, or a list for each part',
      history,
    );
  }
  if (!Array.isArray(history)) return history as { readonly [part: string]: Numbers };
  const epochs = history as readonly Readonly<Record<string, number>>[];
  return Object.fromEntries(
    Object.keys(epochs[0] ?? {}).map((part) => [part, epochs.map((values) => values?.[part])]),
  );
};

/**
 * The loss and its parts over training, in nats: each epoch of a `fit`, or any lists of the same length (such as the
 * losses of all steps, with `xLabel: 'step'`). `validations` are drawn over their epochs. With `within: 'divergence'`, the
 * divergence of each variable.
 *
 * @throws Error for a part without parts, lists that are empty, of different lengths or not of finite numbers, and for a log scale if a number
 * is not above 0
 * @example
 * const { history } = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
 *   init: model.init, key: random.key(0), epochs: 2, progress: false,
 *   batches: batches({ inputs: images, targets: labels }, { size: 100 }),
 * });
 * const figure = await plot.trainingCurves(history);
 */
export const trainingCurves = async (
  history: TrainingHistory,
  options: TrainingCurvesOptions = {},
): Promise<Figure> => {
  const { within, ...others } = knownOptions('plot.trainingCurves', options, optionNames);
  if (within !== undefined && typeof within !== 'string')
    invalidArgument('plot.trainingCurves: within', 'the name of a part, such as divergence', within);
  const parts = lists(history);
  const isInner = isWithin(...(within === undefined ? Object.keys(parts) : [within]));
  const given = Object.entries(parts).filter(
    ([part]) => !isAxis(part) && isInner(part) === (within !== undefined),
  );
  const [first] = given;
  if (first === undefined && within !== undefined)
    return invalidArgument(
      'plot.trainingCurves: within',
      'a part whose parts the history has, as of withDivergence({ perVariable: true })',
      within,
    );
  if (first === undefined)
    return invalidArgument('plot.trainingCurves: history', 'of at least one epoch', 'none');
  const length = (await readList(`plot.trainingCurves: ${first[0]}`, first[1])).length;
  const curves = await Promise.all(
    given.map(async ([part, values]) => ({
      name: within === undefined ? words(part) : part.slice(within.length + 1),
      values: await readList(`plot.trainingCurves: ${part}`, values, length),
    })),
  );
  const axis = Object.keys(parts).find(isAxis);
  const steps =
    axis === undefined
      ? Array.from({ length }, (_, index) => index + 1)
      : await readList(`plot.trainingCurves: ${axis}`, parts[axis], length);
  return curvesFigure('plot.trainingCurves', { steps, curves }, { xLabel: axis ?? 'epoch', ...others });
};
