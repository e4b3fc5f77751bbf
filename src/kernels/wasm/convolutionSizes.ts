import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';

/** The sizes of a convolution with a sample axis, and of one of its groups. */
export interface ConvolutionSizes {
  readonly samples: number;
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  /** Channels and filters of one group. */
  readonly take: number;
  readonly give: number;
  /** The windows and pixels of an image, and the taps of a window. */
  readonly windows: number;
  readonly pixels: number;
  readonly taps: number;
}

const product = (sizes: readonly number[]): number => util.sizeFromShape([...sizes]);

/** The sizes of a convolution, from its geometry and two tensors of images, before or after the convolution. */
export const convolutionSizes = (
  { inputs, outputs, taps, groups }: Geometry,
  samples: number,
  batch: number,
  channels: number,
  filters: number,
): ConvolutionSizes => ({
  samples,
  batch,
  channels,
  filters,
  take: channels / groups,
  give: filters / groups,
  windows: product(outputs),
  pixels: product(inputs),
  taps: product(taps),
});

/** The index of a sample in a tensor; 0 if all samples share it. */
export const ownSample = ({ shape }: TensorInfo, sample: number): number => (shape[0] === 1 ? 0 : sample);

/** The parts of each group, and in it of each sample, in one list. */
export const eachSample = <Y>(
  { samples }: ConvolutionSizes,
  { groups }: Geometry,
  f: (group: number, sample: number) => readonly Y[],
): readonly Y[] =>
  Array.from({ length: groups }, (_, group) =>
    Array.from({ length: samples }, (_, sample) => f(group, sample)).flat(),
  ).flat();

/** The next multiple of eight, the width of a panel. */
export const roundUpToLanes = (count: number): number => Math.ceil(count / 8) * 8;
