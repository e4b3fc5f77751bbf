import {
  backend_util,
  GatherNd,
  ScatterNd,
  SparseToDense,
  type TensorInfo,
  TensorScatterUpdate,
} from '@tensorflow/tfjs-core';
import type { HostKernel, HostMemory } from './hostKernel.ts';

/**
 * Checks coordinates against the axes that they index. On cpu TensorFlow.js checks only the flat index, so that an
 * index past the end of a row reads the next row; on wasm it checks nothing.
 *
 * @param axes the length of one coordinate
 * @throws Error with TensorFlow.js's message, the coordinate and the shape
 */
const checkCoordinates = (
  memory: HostMemory,
  indices: TensorInfo,
  axes: number,
  shape: readonly number[],
): void => {
  const values = memory.tensorValues(indices);
  for (let at = 0; at < values.length; at++) {
    const axis = at % axes;
    if (values[at]! >= 0 && values[at]! < shape[axis]!) continue;
    const place = values.subarray(at - axis, at - axis + axes);
    throw new Error(`Invalid indices: ${place} does not index into ${shape.join()}`);
  }
};

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
    // For empty shapes tfjs itself throws or returns an empty tensor.
    if (shape.includes(0) || indices.dtype !== 'int32') return stock();
    // A flat list, which only scattering accepts, holds coordinates along one axis.
    const isList = name !== GatherNd && indices.shape.length < 2;
    checkCoordinates(memory, indices, isList ? 1 : indices.shape.at(-1)!, shape);
    return stock();
  },
});

/** tfjs's kernels that take coordinates, after a check. */
export const coordinates: readonly HostKernel[] = [
  checked(GatherNd, ({ params, indices }) => ({ indices: indices!, shape: params!.shape })),
  checked(SparseToDense, ({ sparseIndices }, { outputShape }) => ({
    indices: sparseIndices!,
    shape: outputShape as readonly number[],
  })),
  checked(TensorScatterUpdate, ({ tensor, indices }) => ({ indices: indices!, shape: tensor!.shape })),
];

/**
 * Sums of rows at indices, in doubles. tfjs's own loses the digits of long sums, and on wasm writes out of bounds for
 * an index out of range.
 */
export const scatter: HostKernel = {
  name: ScatterNd,
  run: ({ inputs, attrs, memory, stock }) => {
    const { indices, updates } = inputs as Readonly<Record<'indices' | 'updates', TensorInfo>>;
    const shape = attrs.shape as number[];
    const { sliceRank, numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(
      updates,
      indices,
      shape,
    );
    if (indices.dtype !== 'int32' || outputSize === 0) return stock();
    checkCoordinates(memory, indices, sliceRank, shape);
    if (updates.dtype !== 'float32') return stock();
    const [places, numbers] = [memory.tensorValues(indices), memory.tensorValues(updates)];
    const sums = new Float64Array(outputSize);
    const single = numbers.length === 1;
    for (let update = 0; update < numUpdates; update++) {
      let row = 0;
      for (let axis = 0; axis < sliceRank; axis++) row += places[update * sliceRank + axis]! * strides[axis]!;
      const [from, to] = [update * sliceSize, row * sliceSize];
      for (let i = 0; i < sliceSize; i++) sums[to + i]! += numbers[single ? 0 : from + i]!;
    }
    const out = memory.make(shape, 'float32');
    memory.tensorValues(out).set(sums);
    return out;
  },
};
