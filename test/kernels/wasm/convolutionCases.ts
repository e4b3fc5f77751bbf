import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** Runs a kernel by its name. */
export const run = (name: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);

const pads = fc.constantFrom('same', 'valid', 0, 1, [
  [0, 0],
  [2, 0],
  [1, 3],
  [0, 0],
]);
const stride = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
/** Convolutions of images, of odd sizes, strides and paddings; some of no images. */
export const images = fc.record({
  batch: fc.nat(3),
  size: fc.tuple(fc.integer({ min: 4, max: 9 }), fc.integer({ min: 4, max: 9 })),
  taps: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  channels: fc.integer({ min: 1, max: 6 }),
  filters: fc.integer({ min: 1, max: 9 }),
  strides: stride,
  pad: pads,
  seed: fc.nat(),
});
