import type { LabelledPoint, Point } from '../shared/points.ts';
import { drawCross } from './axes.ts';
import { css, mixed, type Rgb, type Theme } from './colors.ts';
import { toSurface } from './scale.ts';
import type { Surface } from './surface.ts';

/** The maximal entropy for two classes, in nats. */
export const MOST = Math.LN2;

/** The colour scale of a map. */
export type Palette = (value: number) => Rgb;

/** From one class's colour over the background to the other's. */
export const classPalette =
  ({ classes, paper }: Theme): Palette =>
  (probability) =>
    probability < 0.5
      ? mixed(paper, classes[0], 0.75 * (1 - 2 * probability))
      : mixed(paper, classes[1], 0.75 * (2 * probability - 1));

/** From the background at 0 to a colour at the maximal entropy. */
export const uncertaintyPalette =
  ({ paper }: Theme, colour: Rgb): Palette =>
  (nats) =>
    mixed(paper, colour, nats / MOST);

/** The pixels of a map, four bytes each. */
export const toPixels = (values: ArrayLike<number>, palette: Palette): Uint8ClampedArray => {
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let i = 0; i < values.length; i++) pixels.set([...palette(values[i] as number), 255], 4 * i);
  return pixels;
};

const drawMap = (
  { context, width, height }: Surface,
  values: ArrayLike<number>,
  cells: number,
  palette: Palette,
): void => {
  const small = new OffscreenCanvas(cells, cells);
  const image = new ImageData(cells, cells);
  image.data.set(toPixels(values, palette));
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  // The centres of the outer cells lie on the edges, so half a cell on each side is outside the plot.
  context.drawImage(small, 0.5, 0.5, cells - 1, cells - 1, 0, 0, width, height);
};

const drawPoint = (surface: Surface, theme: Theme, point: LabelledPoint): void => {
  const { context } = surface;
  const { x, y } = toSurface(surface, point);
  const size = surface.width < 220 ? 2.6 : 3.6;
  context.beginPath();
  if (point.label === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else context.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  context.fillStyle = css(theme.classes[point.label]);
  context.fill();
  context.strokeStyle = css(theme.paper);
  context.lineWidth = 1;
  context.stroke();
};

/** What one map shows. */
export interface HeatScene {
  readonly values: ArrayLike<number> | undefined;
  readonly cells: number;
  readonly palette: Palette;
  readonly points: readonly LabelledPoint[];
  readonly cross: Point | undefined;
}

/** Draws a map with the points on it. */
export const drawHeat = (surface: Surface, theme: Theme, scene: HeatScene): void => {
  const { values, cells, palette, points, cross } = scene;
  if (values !== undefined) drawMap(surface, values, cells, palette);
  for (const point of points) drawPoint(surface, theme, point);
  if (cross !== undefined) drawCross(surface, theme, cross);
};
