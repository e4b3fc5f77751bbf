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
import { tensorValues } from '../tensorValues.ts';
import type { WasmCall, WasmKernel } from '../wasmKernel.ts';

const refuseOutOfRange = (indices: Int32Array, rows: number): void => {
  const outside = indices.find((index) => index < 0 || index >= rows);
  if (outside !== undefined)
    throw new Error(`GatherV2: the index value ${outside} is not in [0, ${rows - 1}]`);
};

/** The fewest bytes of a row that are copied at once. */
const FEWEST = 64;

/**
 * Copies each row as a whole: tfjs's kernel takes some 30 ns for each number. With batch axes it also reads other items' indices,
 * and past the last, and for empty tensors its result has another shape.
 */
const gather: WasmKernel = {
  name: GatherV2,
  run: (call, stock) => {
    const { backend, inputs, attrs } = call;
    const [x, indices] = [inputs.x!, inputs.indices!];
    if (x.dtype === 'string' || x.dtype === 'complex64') return stock(call);
    const axis = util.parseAxisParam(Number(attrs.axis), x.shape)[0]!;
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      backend_util.segment_util.collectGatherOpShapeInfo(
        x as Tensor,
        indices as Tensor,
        axis,
        Number(attrs.batchDims ?? 0),
      );
    // A copy: memory may grow.
    const own = tensorValues<'int32'>(backend, indices).slice();
    refuseOutOfRange(own, dimSize);
    const out = backend.makeOutput(outputShape, x.dtype);
    const [from, to] = [tensorValues(backend, x), tensorValues(backend, out)];
    const width = from.BYTES_PER_ELEMENT;
    const memory = new Uint8Array(from.buffer);
    const each = own.length / batchSize || 0;
    for (let item = 0; item < batchSize * outerSize; item++) {
      const first = Math.floor(item / outerSize) * each;
      for (let at = 0; at < each; at++) {
        const source = (item * dimSize + own[first + at]!) * sliceSize;
        const target = (item * each + at) * sliceSize;
        if (width * sliceSize < FEWEST)
          for (let i = 0; i < sliceSize; i++) to[target + i] = from[source + i]!;
        else {
          const start = from.byteOffset + width * source;
          memory.copyWithin(to.byteOffset + width * target, start, start + width * sliceSize);
        }
      }
    }
    return out;
  },
};

/** A slice past an end would read the next row. */
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

/** A crop of an image of NaN; beyond the edges it is still extrapolated. */
const nanCrop = (call: WasmCall, stock: (call: WasmCall) => TensorInfo): TensorInfo => {
  const { backend, inputs } = call;
  const image = backend.makeOutput([1, ...inputs.image!.shape.slice(1)], 'float32');
  tensorValues<'float32'>(backend, image).fill(Number.NaN);
  const boxInd = backend.makeOutput(inputs.boxInd!.shape, 'int32');
  tensorValues<'int32'>(backend, boxInd).fill(0);
  const cut = stock({ ...call, inputs: { ...inputs, image, boxInd } });
  for (const { dataId } of [image, boxInd]) backend.disposeData(dataId);
  return cut;
};

/** Boxes without an image: zeros past the last image and NaN below 0, as on cpu. tfjs leaves them uninitialised. */
const cropAndResize: WasmKernel = {
  name: CropAndResize,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const [image, boxInd] = [inputs.image!, inputs.boxInd!];
    const numbers = Array.from(tensorValues<'int32'>(backend, boxInd));
    const isInside = (number: number): boolean => number >= 0 && number < image.shape[0]!;
    if (numbers.every(isInside)) return stock(call);
    const inside = backend.makeOutput(boxInd.shape, 'int32');
    tensorValues<'int32'>(backend, inside).set(numbers.map((number) => (isInside(number) ? number : 0)));
    const result = stock({ ...call, inputs: { ...inputs, boxInd: inside } });
    const nothing = nanCrop(call, stock);
    const [to, from] = [tensorValues<'float32'>(backend, result), tensorValues<'float32'>(backend, nothing)];
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

/** Fixes of tfjs's kernels that do not check indices and read out of bounds. */
export const indexed: readonly WasmKernel[] = [cropAndResize, gather, slice];
