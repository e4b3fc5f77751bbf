import { invalidArgument, type OptionNames } from '../check/index.ts';
import type { Markup } from './element.ts';
import { checkSize, type Figure } from './figure.ts';
import { extent, logExtent } from './interval.ts';
import { lineEntries } from './legend.ts';
import { curve } from './marks.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import type { Area, Panel } from './panel.ts';
import { panelFigure } from './panelFigure.ts';
import type { ScaleKind } from './scale.ts';
import { seriesAt } from './theme.ts';
import { roundOut } from './ticks.ts';

/** Options of curves over training. */
export interface CurvesOptions extends FigureOptions {
  /** The label of the horizontal axis; default `'epoch'`. */
  readonly xLabel?: string;
  /** The label of the values, with their unit; default `'nats'`. */
  readonly yLabel?: string;
  /** `'log'` shows small values next to large ones; default `'linear'`. */
  readonly yScale?: ScaleKind;
}

/** The names of `CurvesOptions`. */
export const curvesOptionNames: OptionNames<CurvesOptions> = {
  ...figureOptionNames,
  xLabel: true,
  yLabel: true,
  yScale: true,
};

/** Curves over the same steps. */
export interface Curves {
  readonly steps: readonly number[];
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const assertPositive = (argument: string, { curves }: Curves): void => {
  for (const { name, values } of curves) {
    const bad = values.find((value) => value <= 0);
    if (bad !== undefined) invalidArgument(`${argument}: ${name} on a log scale`, 'above 0', bad);
  }
};

/** Draws curves; `first` is the index of the first one's colour. */
export const drawCurves =
  ({ steps, curves }: Curves, first = 0) =>
  ({ x, y, paint }: Area): Markup =>
    curves
      .map(({ values }, index) => {
        const { role, dash } = seriesAt(first + index);
        const points = values.map((value, i) => [x(steps[i] as number), y(value)] as const);
        return curve(points, {
          ...paint.stroke(role),
          'stroke-width': points.length === 1 ? 6 : '1.75',
          ...dash,
        });
      })
      .join('');

/** The axes of curves from plain numbers. */
export const curvesPanel = (argument: string, content: Curves, options: CurvesOptions): Panel => {
  const { xLabel = 'epoch', yLabel = 'nats', yScale = 'linear' } = options;
  if (yScale !== 'linear' && yScale !== 'log')
    invalidArgument(`${argument}: yScale`, "'linear' or 'log'", yScale);
  if (yScale === 'log') assertPositive(argument, content);
  const [width, height] = [
    checkSize(`${argument}: width`, options.width, 560, 160),
    checkSize(`${argument}: height`, options.height, 320, 120),
  ];
  const lists = content.curves.map(({ values }) => values);
  const names = content.curves.map(({ name }) => name);
  const domain = yScale === 'log' ? logExtent(...lists) : roundOut(extent(...lists));
  return {
    width,
    height,
    x: { label: xLabel, domain: extent(content.steps) },
    y: { label: yLabel, domain, kind: yScale },
    legend: lineEntries(names),
    draw: drawCurves(content),
  };
};

/** A description of curves over a quantity. */
export const describeCurves = ({ steps, curves }: Curves, xLabel: string): string =>
  `${curves.map(({ name }) => name).join(', ')} over ${steps.length} values of ${xLabel}`;

/** Draws curves from plain numbers. */
export const curvesFigure = (argument: string, content: Curves, options: CurvesOptions): Figure =>
  panelFigure(
    curvesPanel(argument, content, options),
    describeCurves(content, options.xLabel ?? 'epoch'),
    options,
  );
