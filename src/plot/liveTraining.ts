import type { Tensor } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { type CurvesOptions, curvesFigure } from './curvesFigure.ts';
import type { Figure } from './figure.ts';
import { type Place, showingAt } from './place.ts';
import { stepRecord } from './stepRecord.ts';
import { tslab } from './tslab.ts';
import { words } from './words.ts';

/** Options of `liveTraining`. */
export interface LiveTrainingOptions extends CurvesOptions {
  /** Where it is drawn: an element of a page, or a notebook's display; default below the cell, in tslab. */
  readonly place?: Place;
  /** At least so many milliseconds pass from one drawing to the next; default 500. */
  readonly every?: number;
}

/** What is needed of a step; `fit` tells its callbacks so. */
export interface LiveStep {
  readonly step: number;
  /** Scalars by name. */
  readonly parts: object;
}

/** A curve that grows while training runs. */
export interface LiveTraining {
  /** For `fit`'s option of that name. */
  readonly onStep: (info: LiveStep) => Promise<void>;
  /** Draws what was not drawn yet; the figure as it is then, to be saved. */
  readonly finish: () => Promise<Figure>;
}

/** A curve this wide shows no more. */
const MOST_STEPS = 1000;

const read = async (parts: object): Promise<Readonly<Record<string, number>>> => {
  const scalars = Object.entries(parts).filter((entry): entry is [string, Tensor] => isTensor(entry[1]));
  return Object.fromEntries(
    await Promise.all(
      scalars.map(async ([name, part]) => [name, (await part.data())[0] ?? Number.NaN] as const),
    ),
  );
};

/**
 * Draws the loss and its parts while `fit` runs, again and again in the same place: below the cell in tslab, elsewhere in
 * the element given. Long runs are read and drawn at fewer steps, at most 1,000 of them; a step with a part that
 * cannot be drawn (not finite, or not above 0 on a log scale) is left out, so that a picture never stops a training.
 *
 * @throws Error where there is no notebook and no place is given, or for options out of their range; in `finish` if no
 * step can be drawn
 * @example
 * const live = plot.liveTraining({ yScale: 'log' });
 * const fitted = await fit(step, { init: model.init, key, epochs, batches: data, onStep: live.onStep });
 * await live.finish();
 */
export const liveTraining = (options: LiveTrainingOptions = {}): LiveTraining => {
  const { place, every = 500, yScale } = options;
  if (!(Number.isFinite(every) && every >= 0))
    misuse('plot.liveTraining: every', 'milliseconds of at least 0', every);
  const draw = showingAt('plot.liveTraining: place', place === undefined ? tslab()?.newDisplay() : place);
  const record = stepRecord(MOST_STEPS);
  const drawn = { at: Number.NEGATIVE_INFINITY, svg: '' };
  const figure = (): Figure => {
    const curves = Object.entries(record.parts()).map(([part, values]) => ({ name: words(part), values }));
    const [first] = curves;
    if (first === undefined)
      misuse('plot.liveTraining: training', 'of at least one step that can be drawn', 'none');
    return curvesFigure(
      'plot.liveTraining',
      { steps: record.steps(), curves },
      { xLabel: 'step', ...options },
    );
  };
  const redraw = (): Figure => {
    const now = figure();
    if (now.svg !== drawn.svg) draw(now.svg);
    Object.assign(drawn, { at: performance.now(), svg: now.svg });
    return now;
  };
  const drawable = (value: number): boolean => Number.isFinite(value) && (yScale !== 'log' || value > 0);
  return {
    onStep: async ({ step, parts }) => {
      if (!record.wants(step)) return;
      const values = await read(parts);
      if (!Object.values(values).every(drawable)) return;
      record.keep(step, values);
      if (performance.now() - drawn.at >= every) redraw();
    },
    finish: async () => redraw(),
  };
};
