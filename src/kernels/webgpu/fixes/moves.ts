import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { areFloats, as, type Call, fixed, highestRank, isNumbers } from './fixed.ts';
import { type Axis, axisStrides, type View, view } from './view.ts';

interface Inputs {
  readonly x: tf.TensorInfo;
}

/** The kernels that tfjs runs on the CPU, at any rank, for small tensors still there. */
const quickOnCpu = [tf.Slice, tf.StridedSlice, tf.Transpose, tf.Tile];

/**
 * A kernel that moves elements. tfjs's programs support four, five or six axes; above four this uses a view. Its
 * program that transposes does not compile for integers of three or more axes.
 */
const move = <A>(
  name: string,
  toView: (shape: readonly number[], attrs: A) => View,
  outputShape?: (shape: readonly number[], attrs: A) => readonly number[],
): OwnKernel =>
  fixed<Inputs, A>(name, (stock) => (call: Call<Inputs, A>) => {
    const { x } = call.inputs;
    if (!isNumbers(x) || tf.util.sizeFromShape(x.shape) === 0) return stock(call);
    const compiles = name !== tf.Transpose || areFloats(call.backend, x);
    if (x.shape.length <= highestRank && compiles) return stock(call);
    if (quickOnCpu.includes(name) && call.backend.shouldExecuteOnCPU([x])) return stock(call);
    const result = view(call.backend, x, toView(x.shape, call.attrs));
    return outputShape ? as(outputShape(x.shape, call.attrs), result) : result;
  });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

const slice = move<{ readonly begin: number | number[]; readonly size: number | number[] }>(
  tf.Slice,
  (shape, attrs) => {
    const x = { shape: [...shape], rank: shape.length } as tf.Tensor;
    const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, begin, size);
    const steps = axisStrides(shape);
    return {
      axes: size.map((length, axis) => ({ length, step: steps[axis]! })),
      start: sum(begin.map((first, axis) => first * steps[axis]!)),
    };
  },
);

interface Strided {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

const sliced = (shape: readonly number[], attrs: Strided) =>
  tf.slice_util.sliceInfo(
    [...shape],
    ...([attrs.begin, attrs.end, attrs.strides, attrs.beginMask, attrs.endMask] as const),
    ...([attrs.ellipsisMask, attrs.newAxisMask, attrs.shrinkAxisMask] as const),
  );

const stridedSlice = move<Strided>(
  tf.StridedSlice,
  (shape, attrs) => {
    const { begin, end, strides } = sliced(shape, attrs);
    const steps = axisStrides(shape);
    return {
      axes: tf.slice_util
        .computeOutShape(begin, end, strides)
        .map((length, axis) => ({ length: Math.max(length, 0), step: strides[axis]! * steps[axis]! })),
      start: sum(begin.map((first, axis) => first * steps[axis]!)),
    };
  },
  (shape, attrs) => sliced(shape, attrs).finalShape,
);

const reverse = move<{ readonly dims: number | number[] }>(tf.Reverse, (shape, { dims }) => {
  const reversed = tf.util.parseAxisParam(dims, [...shape]);
  const steps = axisStrides(shape);
  return {
    axes: shape.map((length, axis) => ({ length, step: steps[axis]! * (reversed.includes(axis) ? -1 : 1) })),
    start: sum(reversed.map((axis) => (shape[axis]! - 1) * steps[axis]!)),
  };
});

const transpose = move<{ readonly perm: readonly number[] }>(tf.Transpose, (shape, { perm }) => {
  const steps = axisStrides(shape);
  return { axes: perm.map((from) => ({ length: shape[from]!, step: steps[from]! })) };
});

const tile = move<{ readonly reps: readonly number[] }>(
  tf.Tile,
  (shape, { reps }) => {
    const steps = axisStrides(shape);
    return {
      axes: shape.flatMap((length, axis) => [
        { length: reps[axis]!, step: 0 },
        { length, step: steps[axis]! },
      ]),
    };
  },
  (shape, { reps }) => shape.map((length, axis) => length * reps[axis]!),
);

interface Padded {
  readonly paddings: readonly (readonly [before: number, after: number])[];
}

const padded = (shape: readonly number[], { paddings }: Padded): readonly Axis[] => {
  const steps = axisStrides(shape);
  return shape.map((count, axis) => {
    const [before, after] = paddings[axis]!;
    const step = steps[axis]!;
    return before + after === 0
      ? { length: count, step }
      : { length: before + count + after, step, before, count };
  });
};

const pad = move<Padded & { readonly constantValue: number }>(tf.PadV2, (shape, attrs) => ({
  axes: padded(shape, attrs),
  name: 'padded',
  outside: 'setOutputAtIndex(index, uniforms.value); return;',
  uniforms: { value: { type: 'float32', data: [attrs.constantValue] } },
}));

const mirrorPad = move<Padded & { readonly mode: 'reflect' | 'symmetric' }>(tf.MirrorPad, (shape, attrs) => ({
  axes: padded(shape, attrs),
  name: 'mirrored',
  outside: 'i = select(2 * count - 2 + uniforms.again - i, -i - uniforms.again, i < 0);',
  uniforms: { again: { type: 'int32', data: [attrs.mode === 'reflect' ? 0 : 1] } },
}));

/** The kernels that move elements. */
export const moves: readonly OwnKernel[] = [
  ...[slice, stridedSlice, reverse, transpose, tile],
  ...[pad, mirrorPad],
];
