import type { OptionNames } from '../check/index.ts';
import type { Theme } from './theme.ts';

/** What every figure can be told. */
export interface FigureOptions {
  /** A line above the figure. */
  readonly title?: string;
  /** In pixels; default 560, more where there are several panels. */
  readonly width?: number;
  /** In pixels, without the title. */
  readonly height?: number;
  /** Default `'auto'`: dark where the reader's system is, light elsewhere. */
  readonly theme?: Theme;
}

/** The names of `FigureOptions`. */
export const figureOptionNames: OptionNames<FigureOptions> = {
  title: true,
  width: true,
  height: true,
  theme: true,
};
