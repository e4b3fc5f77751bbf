import { type Attributes, element, type Markup } from './element.ts';
import { fitted, textAt, textWidth } from './text.ts';
import { type Paint, type Role, seriesAt } from './theme.ts';

/** An entry of a legend: a mark and its meaning. */
export interface LegendEntry {
  readonly text: string;
  readonly mark: 'line' | 'area' | 'dot';
  readonly role: Role;
  readonly attributes?: Attributes;
}

const SIZE = 11;
const SWATCH = 18;
const GAP = 14;
/** The height of a row of a legend. */
export const legendRow = 17;

interface Placed extends LegendEntry {
  readonly x: number;
  readonly row: number;
}

/** Arranges entries in rows. */
const placed = (entries: readonly LegendEntry[], width: number): readonly Placed[] => {
  let [x, row] = [0, 0];
  return entries.map((entry) => {
    const text = fitted(entry.text, SIZE, width - SWATCH);
    const length = SWATCH + textWidth(text, SIZE);
    if (x > 0 && x + length > width) [x, row] = [0, row + 1];
    const place = { ...entry, text, x, row };
    x += length + GAP;
    return place;
  });
};

/** The number of rows of a legend of some width. */
export const legendRows = (entries: readonly LegendEntry[], width: number): number =>
  placed(entries, width).reduce((rows, { row }) => Math.max(rows, row + 1), 0);

const swatch = ({ mark, role, attributes = {} }: LegendEntry, x: number, y: number, paint: Paint): Markup => {
  if (mark === 'area') {
    return element('rect', { x, y: y - 9, width: 13, height: 10, ...paint.fill(role), ...attributes });
  }
  const d = mark === 'dot' ? `M${x + 6.5} ${y - 4}h0` : `M${x} ${y - 4}h13`;
  const width = mark === 'dot' ? 6 : 2;
  const line = { d, 'stroke-width': width, 'stroke-linecap': mark === 'dot' ? 'round' : 'butt' };
  return element('path', { ...line, fill: 'none', ...paint.stroke(role), ...attributes });
};

/** The legend, in rows from its top left corner. It is above the data, never on it. */
export const legend = (
  entries: readonly LegendEntry[],
  corner: { readonly x: number; readonly y: number; readonly width: number },
  paint: Paint,
): Markup =>
  placed(entries, corner.width)
    .map((entry) => {
      const x = Math.round(corner.x + entry.x);
      const y = corner.y + entry.row * legendRow;
      return (
        swatch(entry, x, y, paint) + textAt(x + SWATCH, y, entry.text, { size: SIZE, ...paint.fill('ink') })
      );
    })
    .join('');

/** Legend entries for lines that differ in colour and dashes. */
export const lineEntries = (names: readonly string[]): readonly LegendEntry[] =>
  names.map((text, index) => {
    const { role, dash } = seriesAt(index);
    return { text, mark: 'line', role, attributes: dash };
  });
