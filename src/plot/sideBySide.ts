import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { assembleFigure, type Figure } from './figure.ts';
import type { FigureOptions } from './options.ts';
import { assertFigure } from './show.ts';

/** Options of `sideBySide`. */
export type SideBySideOptions = Pick<FigureOptions, 'title' | 'theme'>;

const optionNames: OptionNames<SideBySideOptions> = { title: true, theme: true };

/**
 * Combines figures in a row, for comparison: give them the same axis ends (`yDomain`, `domain`) if they have any.
 *
 * @throws Error for an empty list, or one with anything but figures
 * @example
 * const first = await plot.predictiveBand({ x: [0, 1], mean: [0, 0], std: [1, 1] }, { yDomain: [-6, 6] });
 * const second = await plot.predictiveBand({ x: [0, 1], mean: [0, 0], std: [2, 2] }, { yDomain: [-6, 6] });
 * const figure = plot.sideBySide([first, second], { title: 'Two priors' });
 */
export const sideBySide = (figures: readonly Figure[], options: SideBySideOptions = {}): Figure => {
  knownOptions('plot.sideBySide', options, optionNames);
  if (!Array.isArray(figures) || figures.length === 0) {
    invalidArgument('plot.sideBySide: figures', 'a list of at least one figure', figures);
  }
  for (const each of figures) assertFigure('plot.sideBySide: figures', each);
  const lefts = figures.map((_, index) => figures.slice(0, index).reduce((sum, { width }) => sum + width, 0));
  return assembleFigure(
    {
      width: figures.reduce((sum, { width }) => sum + width, 0),
      height: Math.max(...figures.map(({ height }) => height)),
      description: `${figures.length} figures side by side`,
      parts: figures.map(({ svg }, index) => ({ x: lefts[index] ?? 0, y: 0, draw: () => svg.trimEnd() })),
    },
    options,
  );
};
