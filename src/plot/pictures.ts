import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
  positiveInteger,
} from '../check/index.ts';
import { checkSize, type Figure, type FigureOptions, makeFigure } from './figure.ts';
import { checkFractions, type Numbers, readBlock, readList, readRows } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { pngUrl } from './png.ts';
import { colors, INK } from './theme.ts';

/** Pictures with their annotations. */
export interface PictureData {
  /**
   * `[n, height, width]` or `[n, height, width, 1]`, from 0 (paper) to 1 (ink), or `[n, height, width, 3]`: red, green and
   * blue from 0 to 1.
   */
  readonly images: Numbers;
  /** A line above each picture. */
  readonly captions?: readonly string[];
  /** Class probabilities, `[n, classes]`, drawn as bars beside each picture. */
  readonly probabilities?: Numbers;
  /** The true class of each picture, `[n]`: its bar has another colour. */
  readonly labels?: Numbers;
  /** The names of the classes: bars are then those of the five most probable classes, with the true one. */
  readonly classes?: readonly string[];
}

const dataKinds: FieldKinds<PictureData> = {
  images: 'value',
  captions: 'value?',
  probabilities: 'value?',
  labels: 'value?',
  classes: 'value?',
};

/** Options of `pictures`. */
export interface PicturesOptions extends Pick<FigureOptions, 'title' | 'theme'> {
  /** The number of pictures side by side; default 3 with bars, else 6. */
  readonly columns?: number;
  /** The width of each picture in pixels; default 84. */
  readonly size?: number;
}

const optionNames: OptionNames<PicturesOptions> = { title: true, theme: true, columns: true, size: true };

const fn = 'plot.pictures';

/** Limits the size of a figure: every picture takes kilobytes. */
const MAX_PICTURES = 200;

/** The URL of each picture, with their size. */
const readImages = async (images: Numbers) => {
  const { shape, data } = await readBlock(`${fn}: images`, images);
  const [n = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3) || n > MAX_PICTURES)
    invalidArgument(
      `${fn}: images`,
      `at most ${MAX_PICTURES} of shape [n, height, width], or [n, height, width, 3] in colour`,
      `shape [${shape.join(', ')}]`,
    );
  const values = checkFractions(`${fn}: images`, Array.from(data));
  const size = height * width;
  const urls = Array.from({ length: n }, (_, index) => {
    const bytes = Uint8Array.from({ length: 3 * size }, (__, i) => {
      const share =
        channels === 3 ? values[3 * size * index + i] : 1 - (values[size * index + Math.floor(i / 3)] ?? 0);
      return Math.round(255 * (share ?? 0));
    });
    return pngUrl(width, height, bytes);
  });
  return { n, urls, ratio: height / width, ink: channels === 1 };
};

const checkLines = (name: string, lines: readonly string[] | undefined, count: number): void => {
  if (lines !== undefined && !(Array.isArray(lines) && lines.length === count))
    invalidArgument(`${fn}: ${name}`, `${count} lines`, lines);
};

const CAPTION = 16;
const BESIDE = 12;
const NAMED = { rows: 5, height: 15, width: 120 } as const;

/** A bar of a class probability, with its text, relative to the corner of its picture. */
interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly isTrue: boolean;
  readonly text: string;
  readonly at: readonly [x: number, y: number];
}

/** Upright bars of all classes, with their indices while these have room. */
const upright = (shares: readonly number[], truth: number | undefined, height: number): readonly Bar[] => {
  const step = shares.length > 12 ? 6 : 11;
  return shares.map((share, index) => ({
    ...{ x1: index * step, x2: (index + 1) * step - 2, y1: height * (1 - share), y2: height },
    isTrue: index === truth,
    text: step < 11 ? '' : String(index),
    at: [index * step + 4.5, height + 8],
  }));
};

/** Bars of the most probable classes from left to right, each below its name. */
const named = (
  shares: readonly number[],
  truth: number | undefined,
  classes: readonly string[],
): readonly Bar[] => {
  const order = shares.map((_, index) => index).sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const most = order.slice(0, NAMED.rows);
  const isLeftOut = truth !== undefined && !most.includes(truth) && truth in shares;
  return (isLeftOut ? [...most.slice(0, -1), truth] : most).map((index, row) => ({
    ...{ x1: 0, x2: 44 * (shares[index] ?? 0), y1: row * NAMED.height + 2, y2: (row + 1) * NAMED.height - 2 },
    isTrue: index === truth,
    text: classes[index] ?? '',
    at: [48, (row + 0.5) * NAMED.height],
  }));
};

/**
 * Pictures in rows, each with an optional caption and optional bars of its class probabilities, the true class in another
 * colour: a network's inputs and its predictions.
 *
 * @throws Error for more than 200 pictures, pixels or probabilities outside 0 to 1, or lists that do not fit
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const { mean } = run(params, random.key(1), testImages);
 * const figure = await plot.pictures({
 *   images: tf.reshape(testImages, [50, 28, 28]),
 *   probabilities: mean,
 *   labels: testLabels,
 * });
 */
export const pictures = async (data: PictureData, options: PicturesOptions = {}): Promise<Figure> => {
  knownFields(fn, data, dataKinds);
  knownOptions(fn, options, optionNames);
  const { captions, classes } = data;
  const { n, urls, ratio, ink } = await readImages(data.images);
  checkLines('captions', captions, n);
  const rows =
    data.probabilities === undefined
      ? undefined
      : await readRows(`${fn}: probabilities`, data.probabilities, undefined, n);
  checkLines('classes', classes, rows?.[0]?.length ?? 0);
  const truths = data.labels === undefined ? [] : await readList(`${fn}: labels`, data.labels, n);
  const wanted = positiveInteger(`${fn}: columns`, options.columns ?? (rows === undefined ? 6 : 3));
  const size = checkSize(`${fn}: size`, options.size, 84, 16);
  const height = size * ratio;
  const bars = (rows ?? []).map((row, index) => {
    const shares = checkFractions(`${fn}: probabilities`, row);
    return classes === undefined
      ? upright(shares, truths[index], height)
      : named(shares, truths[index], classes);
  });
  const beside = classes === undefined ? Math.max(0, ...(bars[0] ?? []).map(({ x2 }) => x2)) : NAMED.width;
  const below = classes === undefined ? height + (rows === undefined ? 0 : 16) : NAMED.rows * NAMED.height;
  const cell = {
    width: Math.ceil(size + (rows === undefined ? 0 : BESIDE + beside) + 16),
    height: Math.ceil(CAPTION + Math.max(height, below) + 10),
  };
  const columns = Math.min(wanted, n);
  const corners = urls.map((src, index) => ({
    src,
    x: (index % columns) * cell.width,
    y: Math.floor(index / columns) * cell.height + CAPTION,
    caption: captions?.[index] ?? '',
  }));
  const placed = corners.flatMap(({ x, y }, index) =>
    (bars[index] ?? []).map(({ x1, x2, y1, y2, at, ...bar }) => {
      const left = x + size + BESIDE;
      return { ...bar, x1: left + x1, x2: left + x2, y1: y + y1, y2: y + y2, x: left + at[0], y: y + at[1] };
    }),
  );
  const Plot = await loadPlot();
  const pixels = { type: 'identity', axis: null, label: null } as const;
  const place = { x: 'x', y: 'y' } as const;
  const area = {
    width: Math.max(columns * cell.width, 160),
    height: Math.max(Math.ceil(n / columns) * cell.height, 120),
  };
  return makeFigure(fn, { ...options, ...area }, [0, 0], {
    ariaLabel: `${n} pictures${rows === undefined ? '' : ' with their class probabilities'}`,
    ...{ x: pixels, y: pixels, marginTop: 0, marginBottom: 0, marginLeft: 0 },
    marks: [
      Plot.image(corners, {
        ...(ink ? { ariaDescription: INK } : {}),
        x: (corner) => corner.x + size / 2,
        y: (corner) => corner.y + height / 2,
        ...{ src: 'src', width: size, height, preserveAspectRatio: 'none', imageRendering: 'pixelated' },
      }),
      Plot.text(corners, { ...place, text: 'caption', textAnchor: 'start', dy: -8 }),
      Plot.rect(placed, {
        ...{ x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2' },
        fill: ({ isTrue }) => (isTrue ? colors.second : colors.first),
      }),
      Plot.text(placed, {
        ...{ ...place, text: 'text' },
        ...(classes === undefined ? { fontSize: 9.5 } : { textAnchor: 'start' }),
      }),
    ],
  });
};
