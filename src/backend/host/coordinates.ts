import { GatherNd, SparseToDense, type TensorInfo, TensorScatterUpdate } from '@tensorflow/tfjs-core';
import { checkCoordinates } from './checkCoordinates.ts';
import type { HostKernel } from './hostKernel.ts';

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

const checked = (
  name: string,
  parts: (
    inputs: Inputs,
    attrs: Readonly<Record<string, unknown>>,
  ) => { readonly indices: TensorInfo; readonly shape: readonly number[] },
): HostKernel => ({
  name,
  run: ({ inputs, attrs, memory, stock }) => {
    const { indices, shape } = parts(inputs, attrs);
    // Of nothing tfjs refuses some itself, and gives nothing for others.
    if (shape.includes(0) || indices.dtype !== 'int32') return stock();
    // A plain list, which only scattering takes, is one of coordinates along one axis.
    const isList = name !== GatherNd && indices.shape.length < 2;
    checkCoordinates(memory, indices, isList ? 1 : indices.shape.at(-1)!, shape);
    return stock();
  },
});

/** tfjs's kernels that take coordinates, once those have been looked at. */
export const coordinates: readonly HostKernel[] = [
  checked(GatherNd, ({ params, indices }) => ({ indices: indices!, shape: params!.shape })),
  checked(SparseToDense, ({ sparseIndices }, { outputShape }) => ({
    indices: sparseIndices!,
    shape: outputShape as readonly number[],
  })),
  checked(TensorScatterUpdate, ({ tensor, indices }) => ({ indices: indices!, shape: tensor!.shape })),
];
