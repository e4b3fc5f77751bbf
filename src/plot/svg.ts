import type { PlotOptions, Scale as PlotScale } from '@observablehq/plot';
import { invalidArgument } from '../check/index.ts';
import { axis, type Panels, type Swatch } from './figure.ts';
import { swatches, textLine } from './legend.ts';
import { element, escaped, type Markup, serialized } from './markup.ts';
import { loadDocument, loadPlot, type Plot } from './peers.ts';
import { colors, darkColors, INK, type Theme } from './theme.ts';

/** What can be drawn: a figure, or any options of `Plot.plot`, or panels of these. */
export interface Drawable {
  readonly title?: unknown;
  readonly ariaLabel?: unknown;
  readonly marks?: readonly unknown[] | undefined;
  readonly panels?: readonly Drawable[];
  readonly columns?: number;
  readonly theme?: Theme;
}

interface Options extends PlotOptions {
  readonly swatches?: Readonly<Record<string, Swatch>>;
}

interface Picture {
  readonly markup: Markup;
  readonly width: number;
  readonly height: number;
}

/**
 * Asserts that a value is a figure.
 *
 * @throws Error naming the argument for anything else, such as the promise of a figure
 */
export const assertFigure = (argument: string, value: unknown): void => {
  const isFigure = typeof value === 'object' && value !== null && ('marks' in value || 'panels' in value);
  if (!isFigure) invalidArgument(argument, 'a figure, as the functions of plot return', value);
};

const isPanels = (figure: Drawable): figure is Panels<Drawable> => 'panels' in figure;

const moved = (x: number, y: number, { markup }: Picture): Markup =>
  element('g', { transform: `translate(${x},${y})` }, markup);

/** The picture with something above it. */
const below = (markup: Markup, height: number, picture: Picture): Picture => ({
  width: picture.width,
  height: height + picture.height,
  markup: markup + moved(0, height, picture),
});

/** The ramp of a continuous colour scale, with marks: Plot's own needs a canvas. */
const ramp = (Plot: Plot, document: Document, scale: PlotScale, label: string): Picture => {
  const domain = [...(scale.domain ?? [])].map(Number);
  const [low, high] = [domain[0] ?? 0, domain.at(-1) ?? 1];
  const step = (high - low) / 64;
  const colored = Plot.rect(
    Array.from({ length: 64 }, (_, i) => low + step * i),
    {
      ...{ x1: (at) => at, x2: (at) => Math.min(at + 2 * step, high), y1: 0, y2: 1 },
      fill: { value: (at: number) => scale.apply(at), scale: null },
    },
  );
  const margins = { marginTop: 2, marginBottom: 18, marginLeft: 10, marginRight: 16 };
  const drawn = drawPlot(Plot, document, {
    ...{ width: 280, height: 30, ...margins, style: { fontSize: '11px' }, marks: [colored] },
    ...{ x: axis('', [low, high], { ticks: 5, tickSize: 0 }), y: { axis: null } },
  });
  return below(textLine(3, 12, label, 280), 18, { ...drawn, height: drawn.height + 6 });
};

/** A figure of one plot, with its legend above. */
const drawPlot = (Plot: Plot, document: Document, options: Options): Picture => {
  const { color, swatches: shapes = {}, ...others } = options;
  const bare = { title: null, subtitle: null, caption: null, figure: false, document } as unknown as Options;
  const drawn = Plot.plot({ ...others, ...bare, ...(color && { color: { ...color, legend: false } }) });
  const [width, height] = [Number(drawn.getAttribute('width')), Number(drawn.getAttribute('height'))];
  const kept = ['fill', 'font-family', 'text-anchor', 'font-size', 'style'];
  const attributes = Object.fromEntries(kept.map((name) => [name, drawn.getAttribute(name) ?? '']));
  const plot = { width, height, markup: element('g', attributes, ...[...drawn.childNodes].map(serialized)) };
  const scale = drawn.scale('color');
  if (!color?.legend || scale === undefined) return plot;
  const legend =
    scale.interpolate === undefined
      ? swatches(scale, shapes, width - 6)
      : ramp(Plot, document, scale, color.label ?? '');
  return below(legend.markup, legend.height, plot);
};

/** Pictures in rows, each column as wide as its widest. */
const inRows = (pictures: readonly Picture[], columns: number): Picture => {
  const rows = Array.from({ length: Math.ceil(pictures.length / columns) }, (_, row) =>
    pictures.slice(row * columns, (row + 1) * columns),
  );
  const widths = Array.from({ length: Math.min(columns, pictures.length) }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.width ?? 0)),
  );
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0);
  return {
    width: sum(widths),
    height: sum(heights),
    markup: rows
      .flatMap((row, y) =>
        row.map((each, x) => moved(sum(widths.slice(0, x)), sum(heights.slice(0, y)), each)),
      )
      .join(''),
  };
};

const draw = (Plot: Plot, document: Document, figure: Drawable, size = 14): Picture => {
  const picture = isPanels(figure)
    ? inRows(
        figure.panels.map((panel) => draw(Plot, document, panel, 12)),
        figure.columns,
      )
    : drawPlot(Plot, document, figure as Options);
  const { title } = figure;
  return typeof title === 'string' && title !== ''
    ? below(textLine(3, size + 2, title, picture.width - 6, size), size + 12, picture)
    : picture;
};

/** The margin around everything, in pixels. */
const MARGIN = 10;

/** From white on black to about the ink and the paper of dark figures. */
const INVERTED = 'filter:invert(0.92)';

/**
 * Rules that switch background and ink together when the system prefers dark. They are for the colours of this library
 * alone, so others stay what they are; and where the rules are removed, the picture is light.
 */
const darkRules = darkColors
  .map(([light, dark]) => `[fill="${light}"]{fill:${dark}}.tfjs-bayesian [stroke="${light}"]{stroke:${dark}}`)
  .join('.tfjs-bayesian ');
const autoStyle = `@media(prefers-color-scheme:dark){.tfjs-bayesian{color:#e6edf3}.tfjs-bayesian ${darkRules}.tfjs-bayesian [aria-description="${INK}"]{${INVERTED}}}`;

const inDark = (markup: Markup): Markup =>
  darkColors
    .reduce((all, [light, dark]) => all.replaceAll(`"${light}"`, `"${dark}"`), markup)
    .replaceAll(` aria-description="${INK}"`, ` style="${INVERTED}"$&`);

/** A number from a text, for names that do not clash: FNV-1a. */
const hash = (text: string): string =>
  [...text]
    .reduce(
      (sum, character) => Math.imul(sum ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0,
      0x811c9dc5,
    )
    .toString(36);

/** The same names for the clips of the same picture, however many there were before, and others for those of another. */
const withOwnNames = (markup: Markup): Markup => {
  const found = [...new Set(markup.match(/plot-clip-\d+/g) ?? [])];
  const names = new Map(found.map((name, index) => [name, `clip-${index}`]));
  const renamed = markup.replace(/plot-clip-\d+/g, (name) => names.get(name) ?? name);
  return found.length === 0 ? markup : renamed.replace(/clip-(?=\d+["')])/g, `clip-${hash(renamed)}-`);
};

/**
 * A figure as one self-contained SVG, with its title, legends and panels, and a background of its own: a page may be dark and
 * a notebook white whatever the system prefers. It has no scripts.
 *
 * It needs the package `@observablehq/plot`, and outside of pages also `linkedom`. It takes any options of `Plot.plot`.
 *
 * @throws Error for an invalid figure, and without these packages
 * @example
 * const svg = await plot.svg(await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] }));
 * console.log(svg.slice(0, 4)); // <svg
 */
export const svg = async <F extends Drawable>(figure: F): Promise<string> => {
  assertFigure('plot.svg: figure', figure);
  const { theme = 'auto', title, ariaLabel } = figure;
  if (!['auto', 'light', 'dark'].includes(theme))
    invalidArgument('plot.svg: theme', "'auto', 'light' or 'dark'", theme);
  const picture = draw(await loadPlot(), await loadDocument(), figure);
  const [width, height] = [picture.width + 2 * MARGIN, picture.height + 2 * MARGIN];
  const described = typeof ariaLabel === 'string' ? ariaLabel : 'A figure';
  const name = typeof title === 'string' && title !== '' ? title : described;
  const whole = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      class: 'tfjs-bayesian',
      color: colors.ink,
      'font-family': 'system-ui, Helvetica, Arial, sans-serif',
      style: 'max-width:100%;height:auto',
    },
    element('title', {}, escaped(name)),
    name === described ? '' : element('desc', {}, escaped(described)),
    theme === 'auto' ? element('style', {}, autoStyle) : '',
    element('rect', { width, height, fill: colors.paper }),
    withOwnNames(moved(MARGIN, MARGIN, picture)),
  );
  return `${theme === 'dark' ? inDark(whole) : whole}\n`;
};
