import { element, type Markup } from './element.ts';
import type { Interval } from './interval.ts';
import { segment } from './marks.ts';
import type { Scale, ScaleKind } from './scale.ts';
import { fitted, textAt, textWidth } from './text.ts';
import type { Paint } from './theme.ts';
import { linearTicks, logTicks, type Ticks } from './ticks.ts';

/** An axis, independent of its length in pixels. */
export interface Axis {
  /** The name of its quantity, with the unit. */
  readonly label: string;
  readonly domain: Interval;
  readonly kind?: ScaleKind;
}

/** The data area of a panel, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The font sizes of tick numbers and labels. */
export const sizes = { tick: 10.5, label: 11.5 } as const;

const axisTicks = ({ domain, kind = 'linear' }: Axis, most: number): Ticks =>
  kind === 'log' ? logTicks(domain, most) : linearTicks(domain, most);

const widestText = ({ ticks }: Ticks): number =>
  ticks.reduce((widest, { text }) => Math.max(widest, textWidth(text, sizes.tick)), 0);

/** The ticks of a vertical axis. */
export const upTicks = (axis: Axis, height: number): Ticks =>
  axisTicks(axis, Math.max(1, Math.floor(height / 40)));

/** The width of the tick numbers of a vertical axis. */
export const upTicksWidth = (ticks: Ticks): number => widestText(ticks) + 7;

/** The ticks of a horizontal axis, as many as its numbers leave room for. */
export const acrossTicks = (axis: Axis, width: number): Ticks => {
  const counts = [8, 6, 5, 4, 3, 2, 1].filter((count) => count <= Math.max(1, width / 50));
  const all = counts.map((count) => axisTicks(axis, count));
  return all.find((ticks) => (widestText(ticks) + 10) * ticks.ticks.length <= width) ?? axisTicks(axis, 1);
};

const withFactor = (label: string, factor: string | undefined): string =>
  factor === undefined ? label : `${label} (${factor})`.trim();

/** The vertical axis: grid lines, numbers to the left, and a rotated label. */
export const upAxis = (
  axis: Axis,
  ticks: Ticks,
  scale: Scale,
  box: Box,
  labelX: number,
  paint: Paint,
): Markup => {
  const right = box.left + box.width;
  const lines = ticks.ticks.map(({ value }) => segment([box.left, scale(value)], [right, scale(value)], {}));
  const texts = ticks.ticks.map(({ value, text }) =>
    textAt(box.left - 5, scale(value) + 3.7, text, { size: sizes.tick }),
  );
  const label = fitted(withFactor(axis.label, ticks.factor), sizes.label, box.height + 20);
  const middle = box.top + box.height / 2;
  return [
    element('g', { ...paint.stroke('grid'), 'stroke-width': 1 }, ...lines),
    element('g', { ...paint.fill('muted'), 'text-anchor': 'end' }, ...texts),
    label === ''
      ? ''
      : textAt(0, 0, label, {
          size: sizes.label,
          'text-anchor': 'middle',
          transform: `translate(${labelX} ${Math.round(middle)})rotate(-90)`,
          ...paint.fill('ink'),
        }),
  ].join('');
};

/** The horizontal axis: its line below the box, ticks, numbers and label. */
export const acrossAxis = (axis: Axis, ticks: Ticks, scale: Scale, box: Box, paint: Paint): Markup => {
  const bottom = box.top + box.height;
  const marks = ticks.ticks.map(({ value }) =>
    segment([scale(value), bottom], [scale(value), bottom + 4], {}),
  );
  const texts = ticks.ticks.map(({ value, text }) =>
    textAt(scale(value), bottom + 15, text, { size: sizes.tick }),
  );
  const label = fitted(withFactor(axis.label, ticks.factor), sizes.label, box.width + 40);
  return [
    element(
      'g',
      { ...paint.stroke('muted'), 'stroke-width': 1 },
      segment([box.left, bottom], [box.left + box.width, bottom], {}),
      ...marks,
    ),
    element('g', { ...paint.fill('muted'), 'text-anchor': 'middle' }, ...texts),
    label === ''
      ? ''
      : textAt(box.left + box.width / 2, bottom + 32, label, {
          size: sizes.label,
          'text-anchor': 'middle',
          ...paint.fill('ink'),
        }),
  ].join('');
};
