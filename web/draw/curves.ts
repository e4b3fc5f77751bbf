import type { Curves } from '../models/regression.ts';
import type { Point } from '../shared/points.ts';
import { evenGrid } from '../shared/range.ts';
import { drawAxes, drawCross } from './axes.ts';
import { css, type Rgb, type Theme } from './colors.ts';
import { toSurface } from './scale.ts';
import type { Surface } from './surface.ts';

/** The half width of a band, in standard deviations. */
const BAND = 2;

/** What the plot of the regression shows. */
export interface CurveScene {
  readonly curves: Curves | undefined;
  readonly points: readonly Point[];
  /** The standard deviation of the points' noise. */
  readonly noise: number;
  readonly cross: Point | undefined;
}

const line = (surface: Surface, values: readonly number[]): Path2D => {
  const path = new Path2D();
  evenGrid(values.length).forEach((at, i) => {
    const { x, y } = toSurface(surface, { x: at, y: values[i] as number });
    if (i === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  });
  return path;
};

const fillBand = (surface: Surface, { mean }: Curves, half: readonly number[], colour: string): void => {
  const upper = Array.from(mean, (m, i) => m + BAND * (half[i] as number));
  const lower = Array.from(mean, (m, i) => m - BAND * (half[i] as number));
  const path = line(surface, upper);
  evenGrid(mean.length)
    .map((x, i) => toSurface(surface, { x, y: lower[i] as number }))
    .reverse()
    .forEach(({ x, y }) => {
      path.lineTo(x, y);
    });
  path.closePath();
  surface.context.fillStyle = colour;
  surface.context.fill(path);
};

const stroke = ({ context }: Surface, path: Path2D, colour: Rgb, alpha: number, width: number): void => {
  context.strokeStyle = css(colour, alpha);
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.stroke(path);
};

const drawPoints = (surface: Surface, theme: Theme, points: readonly Point[]): void => {
  const { context } = surface;
  for (const point of points) {
    const { x, y } = toSurface(surface, point);
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.fillStyle = css(theme.classes[1]);
    context.fill();
    context.strokeStyle = css(theme.paper);
    context.lineWidth = 1.5;
    context.stroke();
  }
};

/** Draws bands, curves and points. */
export const drawCurves = (surface: Surface, theme: Theme, scene: CurveScene): void => {
  const { curves, points, noise, cross } = scene;
  drawAxes(surface, theme);
  if (curves !== undefined) {
    const epistemic = Array.from(curves.epistemic);
    const total = epistemic.map((std) => Math.hypot(std, noise));
    fillBand(surface, curves, total, css(theme.curve, 0.14));
    fillBand(surface, curves, epistemic, css(theme.curve, 0.26));
    for (const values of curves.functions)
      stroke(surface, line(surface, Array.from(values)), theme.curve, 0.55, 1);
    stroke(surface, line(surface, Array.from(curves.mean)), theme.curve, 1, 2.5);
  }
  drawPoints(surface, theme, points);
  if (cross !== undefined) drawCross(surface, theme, cross);
};
