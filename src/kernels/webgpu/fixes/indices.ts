import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { eachNumber, floats, integers } from '../program.ts';
import { step } from '../webgpuKernel.ts';
import { fixed, isNumbers } from './fixed.ts';

interface Gathered {
  readonly x: tf.TensorInfo;
  readonly indices: tf.TensorInfo;
}

/**
 * Returns zeros for an index out of range. tfjs's program multiplies another element by 0, which is NaN for NaN and
 * Infinity, and passes integers through floats; for small tensors still on the CPU it returns that other element.
 */
const gather = fixed<Gathered, { readonly axis: number; readonly batchDims?: number }>(
  tf.GatherV2,
  (stock) => (call) => {
    const { backend, inputs, attrs } = call;
    const { x, indices } = inputs;
    const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(
        x as tf.Tensor,
        indices as tf.Tensor,
        axis,
        attrs.batchDims ?? 0,
      );
    if (!isNumbers(x) || tf.util.sizeFromShape(outputShape) === 0 || tf.util.sizeFromShape(x.shape) === 0)
      return stock(call);
    const chosen = tf.util.sizeFromShape(indices.shape) / batchSize;
    const isInteger = x.dtype !== 'float32';
    return eachNumber(backend, {
      name: `gather ${x.dtype}`,
      inputs: { x, indices },
      uniforms: integers({ outer: outerSize, rows: dimSize, chosen, each: sliceSize }),
      shape: outputShape,
      dtype: x.dtype,
      body: `
let line = index / uniforms.each;
let table = line / uniforms.chosen;
let batch = table / uniforms.outer;
let row = i32(indices[batch * uniforms.chosen + line - table * uniforms.chosen]);
var value = ${isInteger ? '0' : '0.0'};
if (row >= 0 && row < uniforms.rows) {
  value = x[(table * uniforms.rows + row) * uniforms.each + index - line * uniforms.each];
}
setOutputAtIndex${isInteger ? 'I32' : ''}(index, value);`,
    });
  },
);

interface Boxes {
  readonly image: tf.TensorInfo;
  readonly boxes: tf.TensorInfo;
  readonly boxInd: tf.TensorInfo;
}

interface Crop {
  readonly cropSize: readonly [height: number, width: number];
  readonly method: 'bilinear' | 'nearest';
  readonly extrapolationValue: number;
}

/** WGSL for the sampled position along an axis of an image. */
const placeAlong = (place: string, first: string, last: string, pixels: string, looks: string): string => `
let ${place}Last = f32(uniforms.${pixels} - 1);
var ${place} = 0.5 * (${first} + ${last}) * ${place}Last;
if (uniforms.${looks} > 1) {
  ${place} = ${first} * ${place}Last + f32(${place}At) * ((${last} - ${first}) * ${place}Last / f32(uniforms.${looks} - 1));
}
if (${place} < 0 || ${place} > ${place}Last) { setOutputAtIndex(index, uniforms.beyond); return; }`;

const methods = {
  nearest: 'let value = pixel(number, i32(floor(y + 0.5)), i32(floor(x + 0.5)), channel);',
  bilinear: `
let high = vec2<i32>(ceil(vec2<f32>(y, x)));
let low = vec2<i32>(floor(vec2<f32>(y, x)));
let part = vec2<f32>(y, x) - vec2<f32>(low);
let top = mix(pixel(number, low.x, low.y, channel), pixel(number, low.x, high.y, channel), part.y);
let bottom = mix(pixel(number, high.x, low.y, channel), pixel(number, high.x, high.y, channel), part.y);
let value = mix(top, bottom, part.x);`,
};

const pixel = `
fn pixel(number : i32, y : i32, x : i32, channel : i32) -> f32 {
  return f32(image[((number * uniforms.height + y) * uniforms.width + x) * uniforms.channels + channel]);
}`;

/**
 * Returns zeros for a box without an image. tfjs's program leaves those uninitialised, and every box whose image index
 * is not below the number of boxes.
 */
const cropAndResize = fixed<Boxes, Crop>(tf.CropAndResize, () => ({ backend, inputs, attrs }) => {
  const { image, boxes, boxInd } = inputs;
  const { cropSize, method, extrapolationValue } = attrs;
  const [images = 0, height = 0, width = 0, channels = 0] = image.shape;
  return eachNumber(backend, {
    name: `crop and resize ${method} ${image.dtype}`,
    inputs: { image, boxes, boxInd },
    uniforms: {
      ...integers({ images, height, width, channels, cropHeight: cropSize[0], cropWidth: cropSize[1] }),
      ...floats({ beyond: extrapolationValue }),
    },
    functions: [pixel],
    shape: [boxes.shape[0]!, ...cropSize, channels],
    body: `
let channel = index % uniforms.channels;
let xAt = index / uniforms.channels % uniforms.cropWidth;
let yAt = index / uniforms.channels / uniforms.cropWidth % uniforms.cropHeight;
let box = index / uniforms.channels / uniforms.cropWidth / uniforms.cropHeight;
let number = i32(boxInd[box]);
if (number < 0 || number >= uniforms.images) { setOutputAtIndex(index, 0); return; }
${placeAlong('y', 'boxes[4 * box]', 'boxes[4 * box + 2]', 'height', 'cropHeight')}
${placeAlong('x', 'boxes[4 * box + 1]', 'boxes[4 * box + 3]', 'width', 'cropWidth')}
${methods[method]}
setOutputAtIndex(index, value);`,
  });
});

/** tfjs's program reads one transform per image, past the end where there is one for all. */
const transform = fixed<Readonly<Record<'image' | 'transforms', tf.TensorInfo>>>(
  tf.Transform,
  (stock) => (call) => {
    const { image, transforms: x } = call.inputs;
    const images = image.shape[0]!;
    if (x.shape[0] !== 1 || images < 2) return stock(call);
    const transforms = step(tf.Tile, { x }, call, { reps: [images, 1] });
    const result = stock({ ...call, inputs: { image, transforms } });
    call.backend.disposeData(transforms.dataId);
    return result;
  },
);

/** Kernels that take indices. */
export const indexed: readonly OwnKernel[] = [gather, cropAndResize, transform];
