import {
  backend_util,
  CropAndResize,
  GatherV2,
  Slice,
  slice_util,
  type Tensor,
  type TensorInfo,
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

/** Of nothing tfjs's gives a tensor of another shape. */
const gather: WasmKernel = {
  name: GatherV2,
  run: (call, stock) => {
    const [x, indices] = [call.inputs.x!, call.inputs.indices!];
    const axis = util.parseAxisParam(Number(call.attrs.axis), x.shape)[0]!;
    const batchDims = Number(call.attrs.batchDims ?? 0);
    const { outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
      x as Tensor,
      indices as Tensor,
      axis,
      batchDims,
    );
    const out = stock(call);
    return { ...out, shape: outputShape };
  },
};

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

/** tfjs's kernels that take positions where it does not look at them, and reads beside their tensors. */
export const indexed: readonly WasmKernel[] = [cropAndResize, gather, slice];
