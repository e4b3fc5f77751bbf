import * as tf from '@tensorflow/tfjs-core';
import type { Geometry } from './convolutionGeometry.ts';
import { runKernel } from './engine.ts';

/** The windows along one axis. */
interface Slide {
  readonly length: number;
  readonly windows: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
}

const slides = ({ inputs, outputs, taps, strides, dilations, pads }: Geometry): readonly Slide[] =>
  inputs.map((length, axis) => ({
    length,
    windows: outputs[axis]!,
    taps: taps[axis]!,
    stride: strides[axis]!,
    dilation: dilations[axis]!,
    pad: pads[axis]!,
  }));

const isTrivial = ({ length, windows, taps, stride, pad }: Slide): boolean =>
  taps === 1 && stride === 1 && pad === 0 && length === windows;

/** The extent of the windows from the start of the first; the last counts with its whole stride. */
const reach = ({ windows, taps, stride, dilation }: Slide): number =>
  (taps - 1) * dilation + windows * stride;

const padded = (x: tf.Tensor3D, paddings: readonly (readonly [number, number])[]): tf.Tensor3D =>
  runKernel(tf.PadV2, { x }, { paddings, constantValue: 0 });

/** Pads the middle axis with zeros on each side, or crops it where the count is negative. */
const resized = (x: tf.Tensor3D, before: number, after: number): tf.Tensor3D => {
  const [rows, length, rest] = x.shape;
  const longer =
    before > 0 || after > 0
      ? padded(x, [
          [0, 0],
          [Math.max(before, 0), Math.max(after, 0)],
          [0, 0],
        ])
      : x;
  return before < 0 || after < 0
    ? tf.slice(longer, [0, Math.max(-before, 0), 0], [rows, length + before + after, rest])
    : longer;
};

const sizeFromShape = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/** Merges the axes before and after the given one, for three axes in all. */
const asThreeAxes = (x: tf.Tensor, axis: number): tf.Tensor3D =>
  tf.reshape(x, [
    sizeFromShape(x.shape.slice(0, axis)),
    x.shape[axis]!,
    sizeFromShape(x.shape.slice(axis + 1)),
  ]) as tf.Tensor3D;

/** The first of every `stride` elements along an axis. */
const strided = (x: tf.Tensor3D, stride: number): tf.Tensor3D => {
  if (stride === 1) return x;
  const [rows, length, rest] = x.shape;
  const apart: tf.Tensor3D = tf.reshape(x, [rows, length / stride, stride * rest]);
  return tf.slice(apart, [0, 0, 0], [rows, length / stride, rest]);
};

/** The adjoint of `strided`: zeros between the elements. */
const spaced = (x: tf.Tensor3D, stride: number): tf.Tensor3D => {
  if (stride === 1) return x;
  const [rows, length, rest] = x.shape;
  const apart = padded(x, [
    [0, 0],
    [0, 0],
    [0, (stride - 1) * rest],
  ]);
  return tf.reshape(apart, [rows, length * stride, rest]) as tf.Tensor3D;
};

/** Windows along one axis: the elements under their taps become features, tap by tap. */
const unfoldAxis = (x: tf.Tensor, axis: number, slide: Slide): tf.Tensor => {
  if (isTrivial(slide)) return x;
  const { length, windows, taps, stride, dilation, pad } = slide;
  const features = x.shape.at(-1)!;
  const whole = resized(asThreeAxes(x, axis), pad, reach(slide) - pad - length);
  const [rows, , rest] = whole.shape;
  const count = rows * windows * sizeFromShape(x.shape.slice(axis + 1, -1));
  const under = Array.from({ length: taps }, (_, tap) => {
    const seen = tf.slice(whole, [0, tap * dilation, 0], [rows, windows * stride, rest]);
    return tf.reshape(strided(seen, stride), [count, features]);
  });
  const joined = taps === 1 ? under[0]! : runKernel(tf.Concat, under, { axis: 1 });
  return tf.reshape(joined, [
    ...x.shape.slice(0, axis),
    windows,
    ...x.shape.slice(axis + 1, -1),
    taps * features,
  ]);
};

/** The adjoint of `unfoldAxis`: features are added to the elements that they were read from. */
const foldAxis = (patches: tf.Tensor, axis: number, slide: Slide): tf.Tensor => {
  if (isTrivial(slide)) return patches;
  const { length, windows, taps, stride, dilation, pad } = slide;
  const features = patches.shape.at(-1)! / taps;
  const shape = [...patches.shape.slice(0, -1), features];
  const flat = tf.reshape(patches, [sizeFromShape(patches.shape.slice(0, -1)), taps * features]);
  const whole = Array.from({ length: taps }, (_, tap) => {
    const under = tf.slice(flat, [0, tap * features], [flat.shape[0]!, features]);
    const seen = spaced(asThreeAxes(tf.reshape(under, shape), axis), stride);
    return resized(seen, tap * dilation, reach(slide) - windows * stride - tap * dilation);
  }).reduce((sum, next) => tf.add(sum, next));
  const image = resized(whole, -pad, length + pad - reach(slide));
  return tf.reshape(image, [...shape.slice(0, axis), length, ...shape.slice(axis + 1)]);
};

/**
 * Extracts the windows: `[batch, ...inputs, channels]` to `[batch, ...outputs, taps channels]`. The taps of the last
 * axis vary slowest among the features.
 */
export const im2col = (x: tf.Tensor, geometry: Geometry): tf.Tensor =>
  slides(geometry).reduce((whole, slide, axis) => unfoldAxis(whole, axis + 1, slide), x);

/** The adjoint of `im2col`. */
export const col2im = (patches: tf.Tensor, geometry: Geometry): tf.Tensor =>
  slides(geometry).reduceRight((whole, slide, axis) => foldAxis(whole, axis + 1, slide), patches);
