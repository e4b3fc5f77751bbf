/** A convolution as it is defined, in float64: what the layers are held against. */
export interface Reference {
  readonly batch: number;
  readonly sizes: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly (readonly [before: number, after: number])[];
  readonly mode: string;
  readonly groups: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** All index tuples of a shape, in row-major order. */
const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (before, size) => before.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );

const flat = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((at, i, axis) => at * shape[axis]! + i, 0);

/** The place that stands for one beyond the edges, or undefined for a zero. */
const within = (at: number, size: number, mode: string): number | undefined => {
  if (at >= 0 && at < size) return at;
  if (mode === 'reflect') return at < 0 ? -at : 2 * (size - 1) - at;
  if (mode === 'replicate') return at < 0 ? 0 : size - 1;
  return mode === 'circular' ? (at + size) % size : undefined;
};

export const outputSizes = ({ sizes, kernel, stride, dilation, pads }: Reference): readonly number[] =>
  sizes.map((size, axis) => {
    const free = size + pads[axis]![0] + pads[axis]![1] - dilation[axis]! * (kernel[axis]! - 1) - 1;
    return Math.floor(free / stride[axis]!) + 1;
  });

/** The result, row by row, of `x` [batch, ...sizes, in], `weight` [...kernel, in / groups, out] and `bias` [out]. */
export const reference = (
  of: Reference,
  x: readonly number[],
  weight: readonly number[],
  bias: readonly number[],
): readonly number[] => {
  const { batch, sizes, kernel, stride, dilation, pads, mode, groups, inChannels, outChannels } = of;
  const [ins, outs] = [inChannels / groups, outChannels / groups];
  return indices([batch, ...outputSizes(of), outChannels]).map(([item, ...place]) => {
    const out = place.at(-1)!;
    const group = Math.floor(out / outs);
    return indices([...kernel, ins]).reduce((sum, tap) => {
      const channel = tap.at(-1)!;
      const seen = sizes.map((size, axis) =>
        within(place[axis]! * stride[axis]! + tap[axis]! * dilation[axis]! - pads[axis]![0], size, mode),
      );
      if (seen.some((at) => at === undefined)) return sum;
      const pixel =
        x[flat([item!, ...(seen as number[]), group * ins + channel], [batch, ...sizes, inChannels])]!;
      return sum + pixel * weight[flat([...tap, out], [...kernel, ins, outChannels])]!;
    }, bias[out]!);
  });
};
