import type { OptionNames } from '../check/index.ts';
import type { Theme } from './theme.ts';

/** Options of every figure. */
export interface FigureOptions {
  /** A line above the figure. */
  readonly title?: string;
  /** In pixels; default 560, more for several panels. */
  readonly width?: number;
  /** In pixels, without the title. */
  readonly height?: number;
  /** The colours; default `'auto'`: dark if the reader's system is, else light. */
  readonly theme?: Theme;
}

/** The names of `FigureOptions`. */
export const figureOptionNames: OptionNames<FigureOptions> = {
  title: true,
  width: true,
  height: true,
  theme: true,
};
