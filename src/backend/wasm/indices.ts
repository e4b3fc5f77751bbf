import {
  Bincount,
  backend_util,
  CropAndResize,
  DenseBincount,
  GatherNd,
  ScatterNd,
  Slice,
  SparseToDense,
  slice_util,
  type Tensor,
  type TensorInfo,
  TensorScatterUpdate,
  util,
} from '@tensorflow/tfjs-core';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

const viewOf = <V>(
  View: new (buffer: ArrayBuffer, address: number, length: number) => V,
  backend: WasmBackend,
  tensor: TensorInfo,
): V =>
  new View(
    (backend.wasm.asm.memory as WebAssembly.Memory).buffer,
    addressOf(backend, tensor) >>> 0,
    util.sizeFromShape(tensor.shape),
  );

/** The numbers of an int32 tensor where they stand, until memory is asked for. */
const integersOf = (backend: WasmBackend, tensor: TensorInfo): Int32Array =>
  viewOf(Int32Array, backend, tensor);

/** The same of a float32 tensor. */
const floatsOf = (backend: WasmBackend, tensor: TensorInfo): Float32Array =>
  viewOf(Float32Array, backend, tensor);

interface Places {
  readonly sliceRank: number;
  readonly strides: readonly number[];
  /** How many rows the coordinates may point at. */
  readonly rows: number;
}

/** Holds coordinates to what there is, as the cpu backend does it and in its words. */
const checkPlaces = (
  backend: WasmBackend,
  indices: TensorInfo,
  shape: readonly number[],
  { sliceRank, strides, rows }: Places,
): void => {
  const values = integersOf(backend, indices);
  if (sliceRank === 0) return;
  for (let at = 0; at < values.length; at += sliceRank) {
    let row = 0;
    for (let axis = 0; axis < sliceRank; axis++) row += values[at + axis]! * strides[axis]!;
    if (row < 0 || row >= rows)
      throw new Error(
        `Invalid indices: ${values.subarray(at, at + sliceRank)} does not index into ${shape.join()}`,
      );
  }
};

const gatherNd: WasmKernel = {
  name: GatherNd,
  run: (call, stock) => {
    const [params, indices] = [call.inputs.params!, call.inputs.indices!];
    const [, slices, sliceSize, strides] = backend_util.prepareAndValidate(params, indices);
    if (slices === 0) return stock(call);
    const rows = util.sizeFromShape(params.shape) / sliceSize;
    const sliceRank = indices.shape.at(-1)!;
    checkPlaces(call.backend, indices, params.shape, { sliceRank, strides, rows });
    return stock(call);
  },
};

const scatter = (
  name: string,
  parts: (call: WasmCall) => {
    readonly indices: TensorInfo;
    readonly updates: TensorInfo;
    readonly shape: number[];
  },
): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { indices, updates, shape } = parts(call);
    if (shape.includes(0)) return stock(call);
    const { sliceRank, sliceSize, strides, outputSize } = backend_util.calculateShapes(
      updates,
      indices,
      shape,
    );
    checkPlaces(call.backend, indices, shape, { sliceRank, strides, rows: outputSize / sliceSize });
    return stock(call);
  },
});

const scatterNd = scatter(ScatterNd, ({ inputs, attrs }) => ({
  indices: inputs.indices!,
  updates: inputs.updates!,
  shape: attrs.shape as number[],
}));

const tensorScatterUpdate = scatter(TensorScatterUpdate, ({ inputs }) => ({
  indices: inputs.indices!,
  updates: inputs.updates!,
  shape: inputs.tensor!.shape,
}));

const sparseToDense = scatter(SparseToDense, ({ inputs, attrs }) => ({
  indices: inputs.sparseIndices!,
  updates: inputs.sparseValues!,
  shape: attrs.outputShape as number[],
}));

const counting = (name: string): WasmKernel => ({
  name,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype === 'int32' && integersOf(call.backend, x).some((value) => value < 0))
      throw new Error('Input x must be non-negative!');
    return stock(call);
  },
});

/** A slice that goes over an end would take from the next row. */
const slice: WasmKernel = {
  name: Slice,
  run: (call, stock) => {
    const x = call.inputs.x as Tensor;
    const { begin, size } = call.attrs as Readonly<Record<string, number[]>>;
    const [first, sizes] = slice_util.parseSliceParams(x, begin!, size!) as [number[], number[]];
    slice_util.assertParamsValid(x, first, sizes);
    return stock(call);
  },
};

/** What is cut out of an image of nothing but NaN: what lies beyond its edges is extrapolated all the same. */
const ofNothing = (call: WasmCall, stock: (call: WasmCall) => TensorInfo): TensorInfo => {
  const { backend, inputs } = call;
  const image = backend.makeOutput([1, ...inputs.image!.shape.slice(1)], 'float32');
  floatsOf(backend, image).fill(Number.NaN);
  const boxInd = backend.makeOutput(inputs.boxInd!.shape, 'int32');
  integersOf(backend, boxInd).fill(0);
  const cut = stock({ ...call, inputs: { ...inputs, image, boxInd } });
  for (const { dataId } of [image, boxInd]) backend.disposeData(dataId);
  return cut;
};

/** Boxes of no image: as on cpu zeros where there is no such image any more, and nothing below 0. tfjs leaves them unset. */
const cropAndResize: WasmKernel = {
  name: CropAndResize,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const [image, boxInd] = [inputs.image!, inputs.boxInd!];
    const numbers = Array.from(integersOf(backend, boxInd));
    const isInside = (number: number): boolean => number >= 0 && number < image.shape[0]!;
    if (numbers.every(isInside)) return stock(call);
    const inside = backend.makeOutput(boxInd.shape, 'int32');
    integersOf(backend, inside).set(numbers.map((number) => (isInside(number) ? number : 0)));
    const result = stock({ ...call, inputs: { ...inputs, boxInd: inside } });
    const nothing = ofNothing(call, stock);
    const [to, from] = [floatsOf(backend, result), floatsOf(backend, nothing)];
    const each = util.sizeFromShape(result.shape.slice(1));
    numbers.forEach((number, box) => {
      const place = [box * each, (box + 1) * each] as const;
      if (number < 0) to.set(from.subarray(...place), place[0]);
      else if (!isInside(number)) to.fill(0, ...place);
    });
    for (const { dataId } of [inside, nothing]) backend.disposeData(dataId);
    return result;
  },
};

/**
 * tfjs's kernels that take indices, once those have been looked at. By themselves they read and write beside their
 * tensors where an index is out of range; the cpu backend throws.
 */
export const indexed: readonly WasmKernel[] = [
  counting(Bincount),
  counting(DenseBincount),
  cropAndResize,
  gatherNd,
  scatterNd,
  slice,
  sparseToDense,
  tensorScatterUpdate,
];
