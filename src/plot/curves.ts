import { invalidArgument, type OptionNames } from '../check/index.ts';
import {
  axis,
  extent,
  type Figure,
  type FigureOptions,
  figureOptionNames,
  makeFigure,
  upAxis,
} from './figure.ts';
import type { Plot } from './peers.ts';
import { bySeries, lineSeries, type Series, seriesScale } from './series.ts';
import { thinned } from './thinned.ts';

/** Whether a scale is linear or logarithmic. */
export type ScaleKind = 'linear' | 'log';

/** Options of curves over training. */
export interface CurvesOptions extends FigureOptions {
  /** `'log'` shows small values next to large ones; default `'linear'`. */
  readonly yScale?: ScaleKind;
}

/** The names of `CurvesOptions`. */
export const curvesOptionNames: OptionNames<CurvesOptions> = { ...figureOptionNames, yScale: true };

/** A curve by name. */
export interface Curve {
  readonly name: string;
  /** In ascending order. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** An identifier as words: `dataFitting` as `data fitting`. */
export const words = (name: string): string =>
  name.replace(
    /([a-z\d])([A-Z])/g,
    (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
  );

/** Lines with the style of their entries: a mark for each, since Plot has no scale of dashes. A single point is a dot. */
export const curveMarks = (Plot: Plot, curves: readonly Curve[], series: readonly Series[]) =>
  curves.map(({ x, y }, index) => {
    const { name, dash } = series[index] as Series;
    return Plot.line(
      thinned(x, y).map((i) => ({ x: x[i], y: y[i], series: name })),
      {
        ...{ x: 'x', y: 'y', stroke: bySeries, strokeWidth: x.length === 1 ? 6 : 1.75 },
        ...(dash === undefined ? {} : { strokeDasharray: dash }),
      },
    );
  });

/** A figure of curves. */
export const curvesFigure = (
  Plot: Plot,
  fn: string,
  curves: readonly Curve[],
  options: CurvesOptions,
  series = lineSeries(curves.map(({ name }) => name)),
  across = extent(...curves.map(({ x }) => x)),
): Figure => {
  const { xLabel = 'epoch', yLabel = 'nats', yScale = 'linear' } = options;
  if (yScale !== 'linear' && yScale !== 'log') invalidArgument(`${fn}: yScale`, "'linear' or 'log'", yScale);
  for (const { name, y } of curves) {
    const bad = yScale === 'log' ? y.find((value) => value <= 0) : undefined;
    if (bad !== undefined) invalidArgument(`${fn}: ${name} on a log scale`, 'above 0', bad);
  }
  const [low, high] = extent(...curves.map(({ y }) => y));
  const domain = [yScale === 'log' && low <= 0 ? high / 10 : low, high] as const;
  const steps = curves.reduce((most, { x }) => Math.max(most, x.length), 0);
  // There is nothing between two epochs.
  const isCounted = curves.every(({ x }) => x.every(Number.isInteger));
  const ticks = isCounted ? { ticks: Math.ceil(Math.min(Math.max(across[1] - across[0], 1), 8)) } : {};
  return makeFigure(fn, options, [560, 320], {
    ariaLabel: `${curves.map(({ name }) => name).join(', ')} over ${steps} values of ${xLabel}`,
    x: axis(xLabel, across, ticks),
    y: upAxis(yLabel, domain, yScale === 'log' ? { type: 'log' } : {}),
    ...seriesScale(series),
    marks: curveMarks(Plot, curves, series),
  });
};
