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
 * Holds coordinates to the axes that they point along. On cpu TensorFlow.js looks at the place alone, so that behind the end
 * of a row the next one is found; on wasm it does not look at all.
 *
 * @param axes how many numbers are one coordinate
 * @throws Error in TensorFlow.js's words, with the coordinate and the shape
 */
export const checkCoordinates = (
  memory: HostMemory,
  indices: TensorInfo,
  axes: number,
  shape: readonly number[],
): void => {
  const values = memory.valuesOf(indices);
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

/**
 * Sums of rows at indices, in doubles. tfjs's own loses the digits of long sums, and on wasm writes anywhere in its memory
 * where an index is out of range.
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
    const [places, numbers] = [memory.valuesOf(indices), memory.valuesOf(updates)];
    const sums = new Float64Array(outputSize);
    const single = numbers.length === 1;
    for (let update = 0; update < numUpdates; update++) {
      let row = 0;
      for (let axis = 0; axis < sliceRank; axis++) row += places[update * sliceRank + axis]! * strides[axis]!;
      const [from, to] = [update * sliceSize, row * sliceSize];
      for (let i = 0; i < sliceSize; i++) sums[to + i]! += numbers[single ? 0 : from + i]!;
    }
    const out = memory.make(shape, 'float32');
    memory.valuesOf(out).set(sums);
    return out;
  },
};
