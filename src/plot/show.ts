import { invalidArgument, tag } from '../check/index.ts';
import { type Display, displayed } from './display.ts';
import type { Figure } from './figure.ts';
import { tslab } from './tslab.ts';

/**
 * What was made by one of the functions of `plot`.
 *
 * @throws Error naming the argument for anything else, such as the promise of a figure
 */
export const assertFigure = (argument: string, value: unknown): void => {
  if (tag(value) !== 'Figure') invalidArgument(argument, 'a figure, as the functions of plot make', value);
};

/**
 * Shows a figure: in a notebook of tslab below the cell, in a page in the element given, whose content it replaces.
 *
 * @throws Error for what is no figure, and where there is no notebook and no element is given
 * @example
 * const figure = await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] });
 * const place = { innerHTML: '' }; // in a page document.querySelector('#curves'); in a notebook none is needed
 * plot.show(figure, place);
 */
export const show = (figure: Figure, place?: Display | null): void => {
  assertFigure('plot.show: figure', figure);
  displayed('plot.show: place', place === undefined ? tslab()?.display : place)(figure.svg);
};
