import type { backend_util } from '@tensorflow/tfjs-core';

/** One number per axis of a volume. An image is a volume of depth 1, a sequence one of depth and height 1. */
export type Volume = readonly [depth: number, height: number, width: number];

/** Extends the numbers for one or two axes to three. */
export const volume = (numbers: readonly number[], missing: number): Volume => {
  const [depth, height, width] = [...Array<number>(3 - numbers.length).fill(missing), ...numbers];
  return [depth!, height!, width!];
};

/** The layout of a convolution's windows, channels last. */
export interface Geometry {
  readonly inputs: Volume;
  /** The number of windows along each axis. */
  readonly outputs: Volume;
  readonly taps: Volume;
  readonly strides: Volume;
  readonly dilations: Volume;
  /** The distance from the start of the first window to the first pixel. */
  readonly pads: Volume;
  /** The number of independent groups into which channels and filters are divided. */
  readonly groups: number;
}

/**
 * The geometry of one of tfjs's 2D convolutions.
 *
 * @param outputs the height and width of its result: tfjs's own count may be larger by rounding
 */
export const geometry2d = (
  info: backend_util.Conv2DInfo,
  [height, width]: readonly number[] = [info.outHeight, info.outWidth],
): Geometry => ({
  inputs: [1, info.inHeight, info.inWidth],
  outputs: [1, height!, width!],
  taps: [1, info.filterHeight, info.filterWidth],
  strides: [1, info.strideHeight, info.strideWidth],
  dilations: [1, info.dilationHeight, info.dilationWidth],
  pads: [0, info.padInfo.top, info.padInfo.left],
  groups: 1,
});

/** The padding before the first window. tfjs's is negative where a window is narrower than the stride. */
export const padsOfVolume = ({
  padInfo: { front, top, left },
}: Pick<backend_util.Conv3DInfo, 'padInfo'>): Volume => [
  Math.max(0, front),
  Math.max(0, top),
  Math.max(0, left),
];

/** The geometry of one of tfjs's 3D convolutions. */
export const geometry3d = (
  info: backend_util.Conv3DInfo,
  [depth, height, width]: readonly number[] = [info.outDepth, info.outHeight, info.outWidth],
): Geometry => ({
  inputs: [info.inDepth, info.inHeight, info.inWidth],
  outputs: [depth!, height!, width!],
  taps: [info.filterDepth, info.filterHeight, info.filterWidth],
  strides: [info.strideDepth, info.strideHeight, info.strideWidth],
  dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
  pads: padsOfVolume(info),
  groups: 1,
});
