import { SplitV, type TensorInfo, Unpack, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../replaceKernels.ts';
import { as, highestRank, isNumbers, mended } from './mended.ts';

/**
 * A kernel that takes a tensor apart along one axis. tfjs's take up to six axes, of which only one matters: the others are
 * two, those before it and those behind.
 */
const parts = <K extends string>(
  name: string,
  input: K,
  shapeOf: (rest: readonly [readonly number[], readonly number[]], part: TensorInfo) => readonly number[],
): OwnKernel =>
  mended<Readonly<Record<K, TensorInfo>>, { readonly axis: number }, TensorInfo[]>(
    name,
    (stock) => (call) => {
      const x = call.inputs[input];
      if (x.shape.length <= highestRank || !isNumbers(x)) return stock(call);
      const axis = util.parseAxisParam(call.attrs.axis, x.shape)[0]!;
      const rest = [x.shape.slice(0, axis), x.shape.slice(axis + 1)] as const;
      const [before, after] = rest.map(util.sizeFromShape);
      const inputs = { [input]: as([before!, x.shape[axis]!, after!], x) } as Record<K, TensorInfo>;
      const found = stock({ ...call, inputs, attrs: { ...call.attrs, axis: 1 } });
      return found.map((part) => as(shapeOf(rest, part), part));
    },
  );

/** The kernels that take a tensor apart. */
export const takingApart: readonly OwnKernel[] = [
  parts(Unpack, 'value', ([before, after]) => [...before, ...after]),
  parts(SplitV, 'x', ([before, after], { shape }) => [...before, shape[1]!, ...after]),
];
