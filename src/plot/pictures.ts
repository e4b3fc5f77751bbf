import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
  positiveInteger,
} from '../check/index.ts';
import { assembleFigure, checkSize, type Figure } from './figure.ts';
import { type Numbers, readBlock, readList, readRows } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { drawPicture, type Picture, pictureSize } from './pictureCell.ts';

/** Greyscale pictures with their annotations. */
export interface PictureData {
  /** `[n, height, width]` or `[n, height, width, 1]`, from 0 (paper) to 1 (ink). */
  readonly images: Numbers;
  /** A line above each picture. */
  readonly captions?: readonly string[];
  /** Class probabilities, `[n, classes]`, drawn as bars beside each picture. */
  readonly probabilities?: Numbers;
  /** The true class of each picture, `[n]`: its bar has another colour. */
  readonly labels?: Numbers;
}

const dataKinds: FieldKinds<PictureData> = {
  images: 'value',
  captions: 'value?',
  probabilities: 'value?',
  labels: 'value?',
};

/** Options of `pictures`. */
export interface PicturesOptions extends Pick<FigureOptions, 'title' | 'theme'> {
  /** The number of pictures side by side; default 3 with bars, else 6. */
  readonly columns?: number;
  /** The width of each picture in pixels; default 84. */
  readonly size?: number;
}

const optionNames: OptionNames<PicturesOptions> = { title: true, theme: true, columns: true, size: true };

const TOLERANCE = 1e-3;

const inUnit = (argument: string, values: ArrayLike<number>): void => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < -TOLERANCE || value > 1 + TOLERANCE) invalidArgument(argument, 'from 0 to 1', value);
  }
};

/** Limits the size of a figure: every picture takes kilobytes. */
const MAX_PICTURES = 200;

const read = async ({
  images,
  captions,
  probabilities,
  labels,
}: PictureData): Promise<readonly Picture[]> => {
  const { shape, data } = await readBlock('plot.pictures: images', images);
  const [n = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || channels !== 1 || n > MAX_PICTURES) {
    invalidArgument(
      'plot.pictures: images',
      `at most ${MAX_PICTURES} of shape [n, height, width]`,
      `shape [${shape.join(', ')}]`,
    );
  }
  inUnit('plot.pictures: images', data);
  if (captions !== undefined && !(Array.isArray(captions) && captions.length === n)) {
    invalidArgument('plot.pictures: captions', `${n} lines`, captions);
  }
  const bars =
    probabilities === undefined
      ? undefined
      : await readRows('plot.pictures: probabilities', probabilities, undefined, n);
  for (const row of bars ?? []) inUnit('plot.pictures: probabilities', row);
  const truths = labels === undefined ? undefined : await readList('plot.pictures: labels', labels, n);
  return Array.from({ length: n }, (_, index) => ({
    height,
    width,
    pixels: Array.from({ length: height * width }, (__, i) => data[index * height * width + i] as number),
    caption: captions?.[index] ?? '',
    bars: bars?.[index] ?? [],
    label: truths?.[index],
  }));
};

/**
 * Greyscale pictures in rows, each with an optional caption and optional bars of its class probabilities, the true class
 * in another colour: a network's inputs and its predictions.
 *
 * @throws Error for more than 200 pictures, pixels or probabilities outside 0 to 1, or lists that do not fit
 * @example
 * const { mean } = predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), testImages);
 * const figure = await plot.pictures({ images: tf.reshape(testImages, [50, 28, 28]), probabilities: mean, labels: testLabels });
 */
export const pictures = async (data: PictureData, options: PicturesOptions = {}): Promise<Figure> => {
  knownFields('plot.pictures', data, dataKinds);
  knownOptions('plot.pictures', options, optionNames);
  const all = await read(data);
  const withBars = data.probabilities !== undefined;
  const wanted = positiveInteger('plot.pictures: columns', options.columns ?? (withBars ? 3 : 6));
  const size = checkSize('plot.pictures: size', options.size, 84, 16);
  const columns = Math.min(wanted, all.length);
  const cell = pictureSize(all[0] as Picture, size);
  return assembleFigure(
    {
      width: 16 + columns * cell.width,
      height: 10 + Math.ceil(all.length / columns) * cell.height,
      description: `${all.length} pictures${withBars ? ' with their class probabilities' : ''}`,
      parts: all.map((picture, index) => ({
        x: 16 + (index % columns) * cell.width,
        y: 10 + Math.floor(index / columns) * cell.height,
        draw: drawPicture(picture, size, cell.width - 16),
      })),
    },
    options,
  );
};
