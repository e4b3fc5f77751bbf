import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { parseReduction, type Reduction, shapeAfter } from '../../axisRuns.ts';
import { filled } from '../filled.ts';
import { step } from '../webgpuKernel.ts';
import { areFloats, as, type Call, fixed, highestRank, isNumbers, type Stock } from './fixed.ts';

/** What is reduced. */
export interface Reduced {
  readonly x: tf.TensorInfo;
}

/** With its axes in this order, by the kernel that stands for it now; the tensor itself where they are. */
const ordered = <A>(
  { backend }: Call<Reduced, A>,
  x: tf.TensorInfo,
  perm: readonly number[],
): tf.TensorInfo =>
  perm.every((from, axis) => from === axis) ? x : step(tf.Transpose, { x }, { backend }, { perm });

/**
 * A reduction of more axes than tfjs has programs for, or of whole numbers, which it may fail to transpose: of two axes, one that
 * stays and one that goes. What tfjs does on the CPU, as products of few numbers, does not keep axes of length 1.
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

/** With what a reduction of nothing gives, as on the cpu backend; tfjs's throws for most shapes. */
const orOfNothing =
  (value: number, reduce: Stock<Reduced, Reduction>, dtype?: tf.DataType): Stock<Reduced, Reduction> =>
  (call) => {
    const { x } = call.inputs;
    if (!x.shape.includes(0)) return reduce(call);
    return filled(call.backend, parseReduction(x.shape, call.attrs).shape, dtype ?? x.dtype, value);
  };

const reduction = (name: string, ofNothing: number): OwnKernel =>
  fixed<Reduced, Reduction>(name, (stock) => orOfNothing(ofNothing, fewerAxes(stock)));

/** Its axes have another name. */
const max = fixed<Reduced, { readonly reductionIndices: number | number[]; readonly keepDims: boolean }>(
  tf.Max,
  (stock) => (call) =>
    orOfNothing(
      Number.NaN,
      fewerAxes<Reduction>(({ attrs, ...rest }) =>
        stock({ ...rest, attrs: { reductionIndices: attrs.axis, keepDims: attrs.keepDims } }),
      ),
    )({ ...call, attrs: { axis: call.attrs.reductionIndices, keepDims: call.attrs.keepDims } }),
);

/** tfjs's give the place in a vector an axis, of length 1. */
const position = (name: string): OwnKernel =>
  fixed<Reduced, { readonly axis: number }>(
    name,
    (stock) => (call) =>
      orOfNothing(
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
