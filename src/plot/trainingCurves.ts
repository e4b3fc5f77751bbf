import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { outermost } from '../tree/parts.ts';
import { type CurvesOptions, curvesFigure, curvesOptionNames, words } from './curves.ts';
import type { Figure } from './figure.ts';
import { ascendingOrder, type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';

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
  /** The values of the horizontal axis, such as seconds, one for each value; default the part `epoch` or `step`, else 1, 2, 3 and so on. */
  readonly x?: Numbers;
  /**
   * Draws the parts of this part: `'divergence'` has a curve for each variable, which the history has if the loss is made
   * with `withDivergence({ perVariable: true })`, and `'loss'` one for each member of an ensemble. By default those are left
   * out.
   */
  readonly within?: string;
}

const optionNames: OptionNames<TrainingCurvesOptions> = { ...curvesOptionNames, x: true, within: true };

const fn = 'plot.trainingCurves';

const lists = (history: TrainingHistory): { readonly [part: string]: unknown } => {
  if (typeof history !== 'object' || history === null)
    return invalidArgument(`${fn}: history`, 'the history of fit, or a list for each part', history);
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
  const { within, x: given, ...others } = knownOptions(fn, options, optionNames);
  if (within !== undefined && typeof within !== 'string')
    invalidArgument(`${fn}: within`, 'the name of a part, such as divergence', within);
  const parts = lists(history);
  const all = Object.keys(parts).filter((part) => !isAxis(part));
  const shown = within === undefined ? outermost(all) : all.filter((part) => part.startsWith(`${within}/`));
  const [first] = shown;
  if (first === undefined && within !== undefined)
    return invalidArgument(
      `${fn}: within`,
      'a part whose parts the history has, as of withDivergence({ perVariable: true })',
      within,
    );
  if (first === undefined) return invalidArgument(`${fn}: history`, 'of at least one epoch', 'none');
  const { length } = await readList(`${fn}: ${first}`, parts[first]);
  const named = given === undefined ? Object.keys(parts).find(isAxis) : undefined;
  const x =
    named === undefined && given === undefined
      ? Array.from({ length }, (_, index) => index + 1)
      : await readList(`${fn}: ${named ?? 'x'}`, named === undefined ? given : parts[named], length);
  const inOrder = ascendingOrder(x);
  const curves = await Promise.all(
    shown.map(async (part) => ({
      name: within === undefined ? words(part) : part.slice(within.length + 1),
      x: inOrder(x),
      y: inOrder(await readList(`${fn}: ${part}`, parts[part], length)),
    })),
  );
  return curvesFigure(await loadPlot(), fn, curves, {
    xLabel: named ?? (given === undefined ? 'epoch' : 'x'),
    ...others,
  });
};
