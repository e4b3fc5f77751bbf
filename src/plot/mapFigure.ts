import type { OptionNames } from '../check/index.ts';
import { type Axis, sizes } from './axes.ts';
import { element, type Markup } from './element.ts';
import { assembleFigure, checkSize, type Figure, type Placed } from './figure.ts';
import { coarser, edges, type Field, heatCells, LEVELS, levelColor } from './heatCells.ts';
import { extent, type Interval, withZero } from './interval.ts';
import { markers } from './markers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { drawPanel } from './panel.ts';
import { textAt } from './text.ts';
import type { Paint } from './theme.ts';
import { linearTicks, roundOut } from './ticks.ts';

/** Options of `uncertaintyMap`. */
export interface UncertaintyMapOptions extends FigureOptions {
  /** The label of the first input, with its unit; default `'x'`. */
  readonly xLabel?: string;
  /** The label of the second input, with its unit; default `'y'`. */
  readonly yLabel?: string;
  /** The label of the values, with their unit; default `'uncertainty'`. */
  readonly valueLabel?: string;
  /** The ends of the colour scale, for comparable figures; default from 0 or the smallest value to the largest. */
  readonly domain?: readonly [low: number, high: number];
}

/** The names of `UncertaintyMapOptions`. */
export const mapOptionNames: OptionNames<UncertaintyMapOptions> = {
  ...figureOptionNames,
  xLabel: true,
  yLabel: true,
  valueLabel: true,
  domain: true,
};

/** Fields over the same grid, and points on it. */
export interface Maps {
  readonly fields: readonly { readonly name: string; readonly field: Field }[];
  /** The points of each class. */
  readonly points: readonly (readonly (readonly [x: number, y: number])[])[];
}

const BAR = 74;

/** The colour bar with its numbers, from its top left corner. */
const colorBar =
  (domain: Interval, label: string, top: number, height: number) =>
  (paint: Paint): Markup => {
    const { ticks, factor } = linearTicks(domain, Math.max(2, Math.floor(height / 40)));
    const at = (value: number) => top + height - ((value - domain[0]) / (domain[1] - domain[0])) * height;
    const step = height / LEVELS;
    const steps = Array.from({ length: LEVELS }, (_, level) => {
      const [high, low] = [top + height - (level + 1) * step, top + height - level * step].map(Math.round);
      return element('rect', {
        x: 0,
        y: high as number,
        width: 12,
        height: (low as number) - (high as number),
        fill: levelColor(level),
      });
    });
    const numbers = ticks.map(({ value, text }) => textAt(17, at(value) + 3.7, text, { size: sizes.tick }));
    const middle = Math.round(top + height / 2);
    return [
      element('g', { 'shape-rendering': 'crispEdges' }, ...steps),
      element('g', { ...paint.fill('muted') }, ...numbers),
      textAt(0, 0, factor === undefined ? label : `${label} (${factor})`, {
        size: sizes.label,
        'text-anchor': 'middle',
        transform: `translate(${BAR - 10} ${middle})rotate(-90)`,
        ...paint.fill('ink'),
      }),
    ].join('');
  };

/** Draws fields side by side, with the same colours. */
export const mapFigure = ({ fields, points }: Maps, options: UncertaintyMapOptions): Figure => {
  const { xLabel = 'x', yLabel = 'y', valueLabel = 'uncertainty' } = options;
  const columns = fields.length;
  const width = checkSize(
    'plot.uncertaintyMap: width',
    options.width,
    columns === 1 ? 460 : 320 * columns,
    240 * columns,
  );
  const each = Math.floor((width - BAR) / columns);
  const height = checkSize('plot.uncertaintyMap: height', options.height, Math.min(each, 420), 160);
  const shown = fields.map(({ name, field }) => ({ name, field: coarser(field) }));
  const values = fields.flatMap(({ field }) => field.rows);
  const found = extent(...values);
  const domain = options.domain ?? (found[0] >= 0 ? roundOut(withZero(found)) : found);
  const heading = columns > 1;
  const panels = shown.map(({ name, field }, index): Placed => {
    const [xs, ys] = [edges(field.x), edges(field.y)];
    const axis = (label: string, ends: readonly number[]): Axis => ({
      label,
      domain: [ends[0] as number, ends.at(-1) as number],
    });
    return {
      x: index * each,
      y: 0,
      draw: (paint) =>
        drawPanel(
          {
            width: each,
            height,
            ...(heading ? { heading: name } : {}),
            x: axis(xLabel, xs),
            y: axis(yLabel, ys),
            clipped: true,
            draw: ({ x, y }) =>
              heatCells(field, domain, xs.map(x), ys.map(y)) +
              points
                .map((list, kind) =>
                  markers(
                    list.map(([a, b]) => [x(a), y(b)] as const),
                    kind,
                  ),
                )
                .join(''),
          },
          paint,
        ),
    };
  });
  const top = heading ? 22 : 8;
  return assembleFigure(
    {
      width,
      height,
      description: `Maps of ${valueLabel} over ${xLabel} and ${yLabel}: ${fields.map(({ name }) => name).join(', ')}`,
      parts: [
        ...panels,
        { x: width - BAR, y: 0, draw: colorBar(domain, valueLabel, top, height - top - 40) },
      ],
    },
    options,
  );
};
