import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, none, notOnWasm, type Row, withOurs } from '../support/againstLoop.ts';

/** Now and then none. */
const few = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 2 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const options = fc.record({
  batch: few,
  input: few,
  output: few,
  stride: fc.integer({ min: 1, max: 2 }),
  pad: fc.constantFrom('same' as const, 'valid' as const),
});
const activations = fc.constantFrom('linear' as const, 'relu' as const, 'elu' as const, 'sigmoid' as const);

/** Convolutions of one filter for all samples, one for each, or an input for all. */
export const convolutionOps: readonly Row[] = [
  {
    name: 'conv1d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, pad }) => ({
      args: [float([batch, 5, input]), float([3, input, output])],
      f: (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, pad),
    })),
  },
  {
    name: 'conv2d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 3, input, output])],
      f: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
    })),
  },
  {
    name: 'conv2d, dilated',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, pad }) => ({
      args: [float([batch, 5, 5, input]), float([2, 2, input, output])],
      f: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad, 'NHWC', 2),
    })),
  },
  {
    name: 'conv2d, channels first',
    gradient: notOnWasm,
    only: notOnWasm,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, input, 4, 4]), float([2, 2, input, output])],
      f: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad, 'NCHW'),
    })),
  },
  {
    name: 'conv2dTranspose',
    gradient: withOurs,
    draw: options.map(({ batch, input, output }) => ({
      args: [float([batch, 3, 3, input]), float([2, 2, output, input])],
      f: (x, filter) =>
        tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [batch, 3, 3, output], 1, 'same'),
    })),
  },
  {
    name: 'conv3d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, 3, 3, 3, input]), float([2, 2, 2, input, output])],
      f: (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, stride, pad),
    })),
  },
  {
    name: 'conv3dTranspose',
    gradient: withOurs,
    only: withOurs,
    draw: options.map(({ batch, input, output }) => ({
      args: [float([batch, 2, 2, 2, input]), float([2, 2, 2, output, input])],
      f: (x, filter) =>
        tf.conv3dTranspose(x as tf.Tensor5D, filter as tf.Tensor5D, [batch, 2, 2, 2, output], 1, 'same'),
    })),
  },
  {
    name: 'depthwiseConv2d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input, output])],
      f: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
    })),
  },
  {
    name: 'separableConv2d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input, 2]), float([1, 1, 2 * input, output])],
      f: (x, depthwise, pointwise) =>
        tf.separableConv2d(x as tf.Tensor4D, depthwise as tf.Tensor4D, pointwise as tf.Tensor4D, 1, pad),
    })),
  },
  {
    name: 'dilation2d',
    gradient: everywhere,
    draw: options.map(({ batch, input, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input])],
      f: (x, filter) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, stride, pad),
    })),
  },
  {
    // The wasm kernels refuse a bias that was reshaped, as the loop's is: it passes a copy.
    name: 'fused.conv2d',
    gradient: withOurs,
    draw: fc.tuple(options, activations).map(([{ batch, input, output, stride, pad }, activation]) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input, output]), float([output])],
      f: (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: stride,
          pad,
          bias: tf.add(bias!, 0),
          activation,
        }),
    })),
  },
  {
    name: 'fused.conv2d, channels first',
    gradient: none,
    why: 'it refuses channels first',
    only: notOnWasm,
    draw: fc.tuple(options, activations).map(([{ batch, input, pad }, activation]) => ({
      args: [float([batch, input, 4, 4]), float([2, 2, input, 3]), float([3])],
      f: (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad,
          dataFormat: 'NCHW',
          bias: bias!,
          activation,
        }),
    })),
  },
  {
    name: 'fused.depthwiseConv2d',
    gradient: withOurs,
    draw: fc.tuple(options, activations).map(([{ batch, input, output, pad }, activation]) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input, output]), float([input * output])],
      f: (x, filter, bias) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad,
          bias: tf.add(bias!, 0),
          activation,
        }),
    })),
  },
];
