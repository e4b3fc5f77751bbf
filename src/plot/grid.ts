import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';

/** Options of `grid`. */
export interface GridOptions {
  /** The ends of the first input. */
  readonly x: readonly [low: number, high: number];
  /** The ends of the second input. */
  readonly y: readonly [low: number, high: number];
  /** The number of points along each axis; default 50. */
  readonly steps?: number;
}

const optionNames: OptionNames<GridOptions> = { x: true, y: true, steps: true };

/** Points on a plane, as inputs of a model and for `uncertaintyMap`. */
export interface Grid {
  /** `[steps]`, ascending. */
  readonly x: readonly number[];
  /** `[steps]`, ascending. */
  readonly y: readonly number[];
  /** Every point, `[steps * steps, 2]`: all of x at the first y, then at the next; for `tf.tensor2d`. */
  readonly points: [x: number, y: number][];
}

const along = (name: 'x' | 'y', ends: unknown, steps: number): readonly number[] => {
  const [low, high] = Array.isArray(ends) ? (ends as readonly unknown[]) : [];
  if (!(Number.isFinite(low) && Number.isFinite(high) && (low as number) < (high as number))) {
    invalidArgument(`plot.grid: ${name}`, '[low, high] with low < high', ends);
  }
  const [from, to] = [low as number, high as number];
  return Array.from({ length: steps }, (_, i) => from + ((to - from) * (i + 0.5)) / steps);
};

/**
 * A grid over a rectangle: the centres of `steps` times `steps` equal cells, as inputs of a model with two inputs.
 *
 * @throws Error if the ends are not finite and ascending, or for fewer than two steps
 * @example
 * const { x, y, points } = plot.grid({ x: [-3, 3], y: [-2, 2] });
 * const classifier = bayesian()(linear(2, 2));
 * const run = predict(classifier, { likelihood: categorical(), samples: 10 });
 * const own = classifier.init(random.key(0));
 * const { uncertainty } = run(own, random.key(1), tf.tensor2d(points));
 * const figure = await plot.uncertaintyMap({ x, y, uncertainty });
 */
export const grid = (options: GridOptions): Grid => {
  const { x: acrossEnds, y: upEnds, steps = 50 } = knownOptions('plot.grid', options, optionNames);
  if (positiveInteger('plot.grid: steps', steps) < 2)
    invalidArgument('plot.grid: steps', 'at least 2', steps);
  const [x, y] = [along('x', acrossEnds, steps), along('y', upEnds, steps)];
  return { x, y, points: y.flatMap((up) => x.map((across) => [across, up] as [number, number])) };
};
