import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { outermost } from '../tree/parts.ts';
import { type CurvesOptions, curvesOptionNames, words } from './curves.ts';
import type { Panels } from './figure.ts';
import { liveFigure, type ScoredEpoch } from './liveFigure.ts';
import { loadPlot } from './peers.ts';
import { type Display, displayed, tslab } from './show.ts';
import { stepRecord } from './stepRecord.ts';
import { svg } from './svg.ts';

/**
 * Options of `liveTraining`. `yLabel`, `yScale` and `height` are those of the losses; each validation score is drawn below
 * them on a linear scale.
 */
export interface LiveTrainingOptions extends CurvesOptions {
  /** Where to draw: an element of a page, or a notebook's display; default below the cell, in tslab. */
  readonly place?: Display;
  /** The minimum time between two drawings, in milliseconds; default 500. */
  readonly every?: number;
}

const optionNames: OptionNames<LiveTrainingOptions> = { ...curvesOptionNames, place: true, every: true };

/** The fields of a step that are needed; `fit` passes them to its callbacks. */
export interface LiveStep {
  readonly step: number;
  /** Scalars by name. */
  readonly parts: object;
}

/** The fields of an epoch that are needed; `fit` passes them to its callbacks. */
export interface LiveEpoch {
  readonly epoch: number;
  /** The last step of the epoch. */
  readonly step: number;
  /** The scores by name, if the epoch was validated. */
  readonly validation?: Readonly<Record<string, number>> | undefined;
}

/** Curves that grow while training runs. */
export interface LiveTraining {
  /** Draws the losses: pass it to `fit` as `onStep`. */
  readonly onStep: (info: LiveStep) => Promise<void>;
  /** Draws the validation scores: pass it to `fit` as `onEpoch`. */
  readonly onEpoch: (info: LiveEpoch) => Promise<void>;
  /** Draws what is not drawn yet, and returns the final figure, for instance to save it. */
  readonly finish: () => Promise<Panels>;
}

/** The most steps that a curve of this width can show. */
const MAX_STEPS = 1000;

/** The most steps that wait to be read. */
const MAX_WAITING = 64;

/** The scalars of a step, by name. */
type Scalars = readonly (readonly [name: string, scalar: Tensor])[];

/** Copies, since the step's own scalars are disposed when the callback returns. */
const copied = (parts: object): Scalars => {
  const shown = new Set(outermost(Object.keys(parts)));
  return Object.entries(parts).flatMap(([name, part]) =>
    isTensor(part) && shown.has(name) ? [[name, clone(part)] as const] : [],
  );
};

const read = async (scalars: Scalars): Promise<Readonly<Record<string, number>>> => {
  try {
    return Object.fromEntries(
      await Promise.all(
        scalars.map(async ([name, scalar]) => [name, (await scalar.data())[0] ?? Number.NaN] as const),
      ),
    );
  } finally {
    for (const [, scalar] of scalars) scalar.dispose();
  }
};

/**
 * Draws the loss and its parts by step while `fit` runs, and below them the scores of its `validation` by epoch, repeatedly
 * in the same place: below the cell in tslab, elsewhere in the given element. Long runs are drawn at 1,000 steps at most; a
 * step with a part that cannot be drawn (not finite, or not above 0 on a log scale) is skipped, as is a score that is not
 * finite, so that drawing never stops training. On a GPU, copies of the losses wait to be read together; `finish` disposes
 * the last of them, so call it also after training failed.
 *
 * @throws Error outside a notebook if no place is given, or for options out of range; in `finish` if nothing can be drawn
 * @example
 * const place = { innerHTML: '' }; // in a page an element; not needed in a notebook
 * const live = plot.liveTraining({ place });
 * await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
 *   model, key: random.key(0), epochs: 2, progress: false,
 *   onStep: live.onStep, onEpoch: live.onEpoch,
 *   batches: batches({ inputs: images, targets: labels }, { size: 100 }),
 *   validation: {
 *     data: { inputs: testImages, targets: testLabels },
 *     likelihood: categorical(),
 *   },
 * });
 * const figure = await live.finish();
 */
export const liveTraining = (options: LiveTrainingOptions = {}): LiveTraining => {
  const { place, every = 500, yScale } = knownOptions('plot.liveTraining', options, optionNames);
  if (!(Number.isFinite(every) && every >= 0))
    invalidArgument('plot.liveTraining: every', 'a number of milliseconds of at least 0', every);
  const draw = displayed('plot.liveTraining: place', place === undefined ? tslab()?.newDisplay() : place);
  const record = stepRecord(MAX_STEPS);
  const validations: ScoredEpoch[] = [];
  const drawn = { at: Number.NEGATIVE_INFINITY, svg: '' };
  const isEmpty = (): boolean => record.steps().length + validations.length === 0;
  const figure = async (): Promise<Panels> => {
    if (isEmpty())
      invalidArgument('plot.liveTraining: training', 'of at least one step that can be drawn', 'none');
    const x = record.steps();
    const curves = Object.entries(record.parts()).map(([part, y]) => ({ name: words(part), x, y }));
    return liveFigure(await loadPlot(), 'plot.liveTraining', curves, [...validations], options);
  };
  const redraw = async (): Promise<Panels> => {
    const now = await figure();
    const picture = await svg(now);
    if (picture !== drawn.svg) draw(picture);
    Object.assign(drawn, { at: performance.now(), svg: picture });
    return now;
  };
  const drawable = (value: number): boolean => Number.isFinite(value) && (yScale !== 'log' || value > 0);
  const waiting: { readonly step: number; readonly scalars: Scalars }[] = [];
  const readWaiting = async (): Promise<void> => {
    const all = waiting.splice(0);
    const values = await Promise.all(all.map(({ scalars }) => read(scalars)));
    all.forEach(({ step }, index) => {
      const each = values[index] ?? {};
      if (record.wants(step) && Object.values(each).every(drawable)) record.keep(step, each);
    });
  };
  /** Reads and draws what is due. On a GPU, reads only as often as it draws; elsewhere reading is free. */
  const advance = async (): Promise<void> => {
    const due = performance.now() - drawn.at >= every;
    if (due || canReadSync() || waiting.length >= MAX_WAITING) await readWaiting();
    if (due && !isEmpty()) await redraw();
  };
  return {
    onStep: async ({ step, parts }) => {
      if (!record.wants(step)) return;
      waiting.push({ step, scalars: copied(parts) });
      await advance();
    },
    onEpoch: async ({ step, epoch, validation }) => {
      if (validation === undefined) return;
      const { epoch: _, ...scores } = validation;
      if (!Object.values(scores).some(Number.isFinite)) return;
      validations.push({ step, epoch, scores });
      await advance();
    },
    finish: async () => {
      await readWaiting();
      return redraw();
    },
  };
};
