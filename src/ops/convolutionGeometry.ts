import type { backend_util } from '@tensorflow/tfjs-core';

/** Numbers along the three axes of a volume. An image is a volume of depth 1, a sequence one of depth and height 1. */
export type Volume = readonly [depth: number, height: number, width: number];

/** Numbers for one, two or three axes as numbers for three. */
export const volume = (numbers: readonly number[], missing: number): Volume => {
  const [depth, height, width] = [...Array<number>(3 - numbers.length).fill(missing), ...numbers];
  return [depth!, height!, width!];
};

/** Where the windows of a convolution stand, channels last. */
export interface Geometry {
  readonly inputs: Volume;
  /** How many windows there are along each axis. */
  readonly outputs: Volume;
  readonly taps: Volume;
  readonly strides: Volume;
  readonly dilations: Volume;
  /** How far before the first pixel the first window begins. */
  readonly pads: Volume;
  /** Channels and filters fall into as many groups, which have nothing to do with each other. */
  readonly groups: number;
}

/**
 * The windows of one of tfjs's convolutions of images.
 *
 * @param outputs the height and width of its result: what tfjs counts may be the larger by rounding
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

/** The same for volumes. */
export const geometry3d = (
  info: backend_util.Conv3DInfo,
  [depth, height, width]: readonly number[] = [info.outDepth, info.outHeight, info.outWidth],
): Geometry => ({
  inputs: [info.inDepth, info.inHeight, info.inWidth],
  outputs: [depth!, height!, width!],
  taps: [info.filterDepth, info.filterHeight, info.filterWidth],
  strides: [info.strideDepth, info.strideHeight, info.strideWidth],
  dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
  pads: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  groups: 1,
});
