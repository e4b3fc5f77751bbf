import { invalidArgument, tag } from '../check/index.ts';
import { type Display, displayed } from './display.ts';
import type { Figure } from './figure.ts';
import { tslab } from './tslab.ts';

/**
 * Asserts that a value is a figure.
 *
 * @throws Error naming the argument for anything else, such as the promise of a figure
 */
export const assertFigure = (argument: string, value: unknown): void => {
  if (tag(value) !== 'Figure') invalidArgument(argument, 'a figure, as the functions of plot return', value);
};

/**
 * Shows a figure: in a tslab notebook below the cell, in a page in the given element, whose content it replaces.
 *
 * @throws Error for an invalid figure, and outside a notebook if no element is given
 * @example
 * const figure = await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] });
 * const place = { innerHTML: '' }; // in a page document.querySelector('#curves'); not needed in a notebook
 * plot.show(figure, place);
 */
export const show = (figure: Figure, place?: Display | null): void => {
  assertFigure('plot.show: figure', figure);
  displayed('plot.show: place', place === undefined ? tslab()?.display : place)(figure.svg);
};
