import * as TE from 'fp-ts/lib/TaskEither.js';
import { thrownMessage } from '../check/index.ts';
import { type Target, writerTo } from '../files/index.ts';
import type { Figure } from './figure.ts';
import { assertFigure } from './show.ts';

/** Why a figure was not saved: the target could not be written, and what was there before is whole. */
export interface Unwritable {
  readonly _tag: 'Unwritable';
  readonly target: string;
  readonly message: string;
  /** What was thrown. */
  readonly cause: unknown;
}

/**
 * Keeps a figure in an SVG file: at a path in Node, where a file is replaced in one go and keeps its mode, and a device
 * or a FIFO is written as it is; as a download of that name in a browser. Nothing happens before the result is called.
 *
 * @throws Error for what is no figure or target
 * @returns Left where the file cannot be written
 * @example
 * const figure = await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] });
 * const saved = await plot.save(figure, 'curves.svg')();
 * if (E.isLeft(saved)) console.error(saved.left.message);
 */
export const save = (figure: Figure, target: Target): TE.TaskEither<Unwritable, void> => {
  assertFigure('plot.save: figure', figure);
  const { name, write } = writerTo('plot.save: target', target, 'image/svg+xml');
  return TE.tryCatch(
    () => write([new TextEncoder().encode(figure.svg)]),
    (thrown): Unwritable => ({
      _tag: 'Unwritable',
      target: name,
      message: `${name} cannot be written: ${thrownMessage(thrown)}`,
      cause: thrown,
    }),
  );
};
