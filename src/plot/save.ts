import * as TE from 'fp-ts/lib/TaskEither.js';
import { thrownMessage } from '../check/index.ts';
import { type Target, writerTo } from '../files/index.ts';
import { assertFigure, type Drawable, svg } from './svg.ts';

/** Why a figure was not saved: the target could not be written, and its previous content is intact. */
export interface Unwritable {
  readonly _tag: 'Unwritable';
  readonly target: string;
  readonly message: string;
  /** The thrown value. */
  readonly cause: unknown;
}

/**
 * Saves a figure as an SVG file. In Node the file at a path is replaced atomically and keeps its mode; devices and FIFOs
 * are written directly. In a browser the target is the name of a download. Nothing happens until the result is called.
 *
 * @throws Error for an invalid figure or target
 * @returns Left if the file cannot be written
 * @example
 * const figure = await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] });
 * const saved = await plot.save(figure, 'curves.svg')();
 * if (E.isLeft(saved)) console.error(saved.left.message);
 */
export const save = <F extends Drawable>(figure: F, target: Target): TE.TaskEither<Unwritable, void> => {
  assertFigure('plot.save: figure', figure);
  const { name, write } = writerTo('plot.save: target', target, 'image/svg+xml');
  return async () => {
    // Outside of what is caught: an invalid figure is not a file that cannot be written.
    const bytes = new TextEncoder().encode(await svg(figure));
    return TE.tryCatch(
      () => write([bytes]),
      (thrown): Unwritable => ({
        _tag: 'Unwritable',
        target: name,
        message: `${name} cannot be written: ${thrownMessage(thrown)}`,
        cause: thrown,
      }),
    )();
  };
};
