import type { Point } from '../shared/points.ts';
import { RANGE } from '../shared/range.ts';
import { css, type Theme } from './colors.ts';
import { toSurface } from './scale.ts';
import type { Surface } from './surface.ts';

const ticks: readonly number[] = Array.from({ length: 2 * RANGE - 1 }, (_, i) => i + 1 - RANGE);

/** Thin grid lines at the integers, labelled at the left and lower edges. */
export const drawAxes = (surface: Surface, theme: Theme): void => {
  const { context, width, height } = surface;
  context.strokeStyle = css(theme.grid);
  context.lineWidth = 1;
  context.beginPath();
  for (const tick of ticks) {
    const { x, y } = toSurface(surface, { x: tick, y: tick });
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, height);
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(width, Math.round(y) + 0.5);
  }
  context.stroke();
  context.fillStyle = css(theme.ink, 0.65);
  context.font = '11px system-ui, sans-serif';
  for (const tick of ticks) {
    const { x, y } = toSurface(surface, { x: tick, y: tick });
    const text = String(tick).replace('-', '−');
    context.textAlign = 'center';
    context.textBaseline = 'bottom';
    context.fillText(text, x, height - 3);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, 4, y);
  }
};

/** The cross that the keyboard moves. */
export const drawCross = (surface: Surface, theme: Theme, point: Point): void => {
  const { context } = surface;
  const { x, y } = toSurface(surface, point);
  context.strokeStyle = css(theme.ink);
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - 9, y);
  context.lineTo(x + 9, y);
  context.moveTo(x, y - 9);
  context.lineTo(x, y + 9);
  context.stroke();
};
