import { Imag, Real, SplitV, type TensorInfo, Unpack, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { as, fixed, highestRank, isNumbers } from './fixed.ts';

interface Inputs {
  readonly input: TensorInfo;
}

/** After a Fourier transform of more than two axes, tfjs's kernels return parts with two axes; this restores the shape. */
export const complexParts: readonly OwnKernel[] = [Real, Imag].map((name) =>
  fixed<Inputs>(name, (stock) => (call) => as(call.inputs.input.shape, stock(call))),
);

/**
 * A kernel that splits a tensor along one axis. tfjs's programs support up to six axes, of which only one matters: the
 * axes before and after it are merged.
 */
const parts = <K extends string>(
  name: string,
  input: K,
  outputShape: (rest: readonly [readonly number[], readonly number[]], part: TensorInfo) => readonly number[],
): OwnKernel =>
  fixed<Readonly<Record<K, TensorInfo>>, { readonly axis: number }, TensorInfo[]>(name, (stock) => (call) => {
    const x = call.inputs[input];
    if (x.shape.length <= highestRank || !isNumbers(x)) return stock(call);
    const axis = util.parseAxisParam(call.attrs.axis, x.shape)[0]!;
    const rest = [x.shape.slice(0, axis), x.shape.slice(axis + 1)] as const;
    const [before, after] = rest.map(util.sizeFromShape);
    const inputs = { [input]: as([before!, x.shape[axis]!, after!], x) } as Record<K, TensorInfo>;
    const found = stock({ ...call, inputs, attrs: { ...call.attrs, axis: 1 } });
    return found.map((part) => as(outputShape(rest, part), part));
  });

/** The kernels that split a tensor. */
export const splitting: readonly OwnKernel[] = [
  parts(Unpack, 'value', ([before, after]) => [...before, ...after]),
  parts(SplitV, 'x', ([before, after], { shape }) => [...before, shape[1]!, ...after]),
];
