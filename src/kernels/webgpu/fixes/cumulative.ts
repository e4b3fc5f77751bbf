import { Cumprod, Cumsum, Reverse, type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';
import { step } from '../webgpuKernel.ts';
import { as, fixed } from './fixed.ts';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attrs {
  readonly axis: number;
  readonly reverse: boolean;
}

/** Applies a function of rows along the middle one of three axes. The function does not dispose its argument. */
const alongMiddle = (
  backend: WebgpuBackend,
  x: TensorInfo,
  f: (rows: TensorInfo) => TensorInfo,
): TensorInfo => {
  const [before, length, after] = x.shape as [number, number, number];
  if (after === 1) return f(as([before, length], x));
  const last = step(Transpose, { x }, { backend }, { perm: [0, 2, 1] });
  const done = f(as([before * after, length], last));
  const result = step(Transpose, { x: as([before, after, length], done) }, { backend }, { perm: [0, 2, 1] });
  for (const { dataId } of [last, done]) backend.disposeData(dataId);
  return result;
};

/** Applies a function to reversed rows. */
const reversed =
  (backend: WebgpuBackend, f: (rows: TensorInfo) => TensorInfo) =>
  (rows: TensorInfo): TensorInfo => {
    const rowsReversed = step(Reverse, { x: rows }, { backend }, { dims: [1] });
    const total = f(rowsReversed);
    const result = step(Reverse, { x: total }, { backend }, { dims: [1] });
    for (const { dataId } of [rowsReversed, total]) backend.disposeData(dataId);
    return result;
  };

/**
 * tfjs's programs support up to four axes, of which only one matters, and fail to transpose integers. Reversed, they
 * are right only for the length of the first such call: the length is inlined in the program, which is cached for all
 * lengths.
 */
export const cumulative: readonly OwnKernel[] = [Cumsum, Cumprod].map((name) =>
  fixed<Inputs, Attrs>(name, (stock) => (call) => {
    const { x } = call.inputs;
    const { axis, reverse } = call.attrs;
    const at = util.parseAxisParam(axis, x.shape)[0]!;
    const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 1)].map(util.sizeFromShape);
    const run = (rows: TensorInfo): TensorInfo =>
      stock({ ...call, inputs: { x: rows }, attrs: { ...call.attrs, axis: 1, reverse: false } });
    const middle = as([before!, x.shape[at]!, after!], x);
    return as(x.shape, alongMiddle(call.backend, middle, reverse ? reversed(call.backend, run) : run));
  }),
);
