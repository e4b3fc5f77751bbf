import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { type FigureOptions, makePanels, type Panels } from './figure.ts';
import { assertFigure, type Drawable } from './svg.ts';

/** Options of `sideBySide`. */
export type SideBySideOptions = Pick<FigureOptions, 'title' | 'theme'>;

const optionNames: OptionNames<SideBySideOptions> = { title: true, theme: true };

/**
 * Combines figures in a row, for comparison: give them the same axis ends (`yDomain`, `domain`) if they have any.
 *
 * @throws Error for an empty list, or one with anything but figures
 * @example
 * const [x, mean, options] = [[0, 1], [0, 0], { yDomain: [-6, 6] } as const];
 * const first = await plot.predictiveBand({ x, mean, std: [1, 1] }, options);
 * const second = await plot.predictiveBand({ x, mean, std: [2, 2] }, options);
 * const figure = plot.sideBySide([first, second], { title: 'Two priors' });
 */
export const sideBySide = <F extends Drawable>(
  figures: readonly F[],
  options: SideBySideOptions = {},
): Panels<F> => {
  knownOptions('plot.sideBySide', options, optionNames);
  if (!Array.isArray(figures) || figures.length === 0)
    invalidArgument('plot.sideBySide: figures', 'a list of at least one figure', figures);
  for (const each of figures) assertFigure('plot.sideBySide: figures', each);
  const ariaLabel = figures.map((each) => each.ariaLabel).join('; ');
  return makePanels(options, ariaLabel, figures, figures.length);
};
