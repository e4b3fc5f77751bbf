import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { parseReduction, type Reduction, shapeAfter } from '../../axisRuns.ts';
import { filled } from '../filled.ts';
import { step } from '../webgpuKernel.ts';
import { areFloats, as, type Call, fixed, highestRank, isNumbers, type Stock } from './fixed.ts';

/** The input of a reduction. */
export interface Reduced {
  readonly x: tf.TensorInfo;
}

/** Transposes a tensor with the registered kernel; returns it unchanged if its axes are in order. */
const ordered = <A>(
  { backend }: Call<Reduced, A>,
  x: tf.TensorInfo,
  perm: readonly number[],
): tf.TensorInfo =>
  perm.every((from, axis) => from === axis) ? x : step(tf.Transpose, { x }, { backend }, { perm });

/**
 * Merges the axes of a reduction to two, one kept and one reduced, at ranks that tfjs does not support and for
 * integers, which it may fail to transpose. tfjs's products of small tensors, on the CPU, ignore `keepDims`.
 */
export const fewerAxes =
  <A extends Reduction>(stock: Stock<Reduced, A>): Stock<Reduced, A> =>
  (call) => {
    const { x } = call.inputs;
    if (!isNumbers(x)) return stock(call);
    const axes = tf.util.parseAxisParam(call.attrs.axis, x.shape);
    const [kept, gone] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = shapeAfter(x.shape, axes, call.attrs.keepDims);
    if (x.shape.length <= highestRank && areFloats(call.backend, x)) return as(shape, stock(call));
    const staying = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
    const last = ordered(call, x, [...staying, ...axes]);
    const two = as([tf.util.sizeFromShape(kept), tf.util.sizeFromShape(gone)], last);
    const result = stock({ ...call, inputs: { x: two }, attrs: { ...call.attrs, axis: 1, keepDims: false } });
    if (last !== x) call.backend.disposeData(last.dataId);
    return as(shape, result);
  };

/** Returns the cpu backend's value for an empty reduction; tfjs's throws for most shapes. */
const orEmpty =
  (value: number, reduce: Stock<Reduced, Reduction>, dtype?: tf.DataType): Stock<Reduced, Reduction> =>
  (call) => {
    const { x } = call.inputs;
    if (!x.shape.includes(0)) return reduce(call);
    return filled(call.backend, parseReduction(x.shape, call.attrs).shape, dtype ?? x.dtype, value);
  };

const reduction = (name: string, emptyValue: number): OwnKernel =>
  fixed<Reduced, Reduction>(name, (stock) => orEmpty(emptyValue, fewerAxes(stock)));

/** The attribute of its axes has another name. */
const max = fixed<Reduced, { readonly reductionIndices: number | number[]; readonly keepDims: boolean }>(
  tf.Max,
  (stock) => (call) =>
    orEmpty(
      Number.NaN,
      fewerAxes<Reduction>(({ attrs, ...rest }) =>
        stock({ ...rest, attrs: { reductionIndices: attrs.axis, keepDims: attrs.keepDims } }),
      ),
    )({ ...call, attrs: { axis: call.attrs.reductionIndices, keepDims: call.attrs.keepDims } }),
);

/** For a vector, tfjs's results have an extra axis of length 1. */
const position = (name: string): OwnKernel =>
  fixed<Reduced, { readonly axis: number }>(
    name,
    (stock) => (call) =>
      orEmpty(
        0,
        fewerAxes<Reduction>(({ attrs, ...rest }) =>
          stock({ ...rest, attrs: { axis: tf.util.parseAxisParam(attrs.axis, rest.inputs.x.shape)[0]! } }),
        ),
        'int32',
      )({ ...call, attrs: { axis: call.attrs.axis, keepDims: false } }),
  );

/** Kernels that reduce axes; sums and means are in `sums.ts`. */
export const reductions: readonly OwnKernel[] = [
  reduction(tf.Min, Number.NaN),
  reduction(tf.Prod, 1),
  reduction(tf.All, 1),
  reduction(tf.Any, 0),
  max,
  ...[tf.ArgMax, tf.ArgMin].map(position),
];
