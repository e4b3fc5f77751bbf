import { Cumprod, Cumsum, Reverse, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../replaceKernels.ts';
import { step } from '../step.ts';
import { as, type Call, mended } from './mended.ts';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attrs {
  readonly axis: number;
  readonly reverse: boolean;
}

/** From the other end along the middle of three axes. */
const flipped = ({ backend }: Call<Inputs, Attrs>, x: TensorInfo): TensorInfo =>
  step(Reverse, { x }, backend, { dims: [1] });

/**
 * tfjs's take up to four axes, of which only one matters. From the end they are right for the length of the first such
 * call alone: the compiled program is kept for all lengths, and the length is written into it.
 */
export const cumulative: readonly OwnKernel[] = [Cumsum, Cumprod].map((name) =>
  mended<Inputs, Attrs>(name, (stock) => (call) => {
    const { x } = call.inputs;
    const { axis, reverse } = call.attrs;
    const at = util.parseAxisParam(axis, x.shape)[0]!;
    const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 1)].map(util.sizeFromShape);
    const middle = as([before!, x.shape[at]!, after!], x);
    const run = (of: TensorInfo): TensorInfo =>
      stock({ ...call, inputs: { x: of }, attrs: { ...call.attrs, axis: 1, reverse: false } });
    if (!reverse) return as(x.shape, run(middle));
    const turned = flipped(call, middle);
    const total = run(turned);
    const result = flipped(call, total);
    for (const { dataId } of [turned, total]) call.backend.disposeData(dataId);
    return as(x.shape, result);
  }),
);
