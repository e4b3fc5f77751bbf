import {
  type Axis,
  acrossAxis,
  acrossTicks,
  type Box,
  sizes,
  upAxis,
  upTicks,
  upTicksWidth,
} from './axes.ts';
import { element, type Markup } from './element.ts';
import { type LegendEntry, legend, legendRow, legendRows } from './legend.ts';
import { makeScale, type Scale } from './scale.ts';
import { fitted, textAt } from './text.ts';
import type { Paint } from './theme.ts';

/** The data area of a panel, and the scales from values to its pixels. */
export interface Area {
  readonly x: Scale;
  readonly y: Scale;
  readonly box: Box;
  readonly paint: Paint;
}

/** Axes with something drawn between them. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  /** A line above the panel, such as its name. */
  readonly heading?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly legend?: readonly LegendEntry[];
  /** The minimum width for the numbers of the vertical axis, so that stacked panels align. */
  readonly leastLeft?: number;
  /** Whether to clip data outside the axes: needed only if the reader chose their ends. */
  readonly clipped?: boolean;
  readonly draw: (area: Area) => Markup;
}

const RIGHT = 16;

const clip = ({ left, top, width, height }: Box, inside: Markup): Markup =>
  // A nested svg clips its content and needs no id, which could clash with another figure on the page.
  element(
    'svg',
    { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}`, overflow: 'hidden' },
    inside,
  );

/** A panel as SVG, with its corner at the origin. */
export const drawPanel = (panel: Panel, paint: Paint): Markup => {
  const { width, height, heading, x, y, legend: entries = [] } = panel;
  const room = width - 2 * RIGHT;
  const rows = legendRows(entries, room);
  const top = (heading === undefined ? 8 : 22) + rows * legendRow + (rows > 0 ? 4 : 0);
  const bottom = x.label === '' ? 22 : 40;
  const boxHeight = height - top - bottom;
  const upward = upTicks(y, boxHeight);
  const left = Math.ceil(
    Math.max(upTicksWidth(upward), panel.leastLeft ?? 0) + (y.label === '' ? 8 : sizes.label + 12),
  );
  const box: Box = { left, top, width: width - left - RIGHT, height: boxHeight };
  const across = acrossTicks(x, box.width);
  const area: Area = {
    x: makeScale(x.kind ?? 'linear', x.domain, [left, left + box.width]),
    y: makeScale(y.kind ?? 'linear', y.domain, [top + boxHeight, top]),
    box,
    paint,
  };
  const data = panel.draw(area);
  return [
    heading === undefined
      ? ''
      : textAt(left, 14, fitted(heading, 12, width - left), { size: 12, ...paint.fill('ink') }),
    legend(entries, { x: RIGHT, y: (heading === undefined ? 8 : 24) + 8, width: room }, paint),
    upAxis(y, upward, area.y, box, sizes.label + 2, paint),
    element('g', { 'data-part': 'data' }, panel.clipped ? clip(box, data) : data),
    acrossAxis(x, across, area.x, box, paint),
  ].join('');
};
