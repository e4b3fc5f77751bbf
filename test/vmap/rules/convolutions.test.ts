import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describeRules, float, none, withOurs } from '../support/againstLoop.ts';

const channels = fc.integer({ min: 1, max: 2 });
const options = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  input: channels,
  output: channels,
  stride: fc.integer({ min: 1, max: 2 }),
  pad: fc.constantFrom('same' as const, 'valid' as const),
});
const activations = ['linear', 'relu', 'elu', 'sigmoid'] as const;

const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attrs);

describeRules('convolution rules', [
  {
    name: 'conv2d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 3, input, output])],
      f: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
    })),
  },
  {
    name: 'conv2d of one image',
    gradient: withOurs,
    draw: options.map(({ input, output, stride, pad }) => ({
      args: [float([4, 4, input]), float([2, 2, input, output])],
      f: (x, filter) => tf.conv2d(x as tf.Tensor3D, filter as tf.Tensor4D, stride, pad),
    })),
  },
  {
    name: 'conv1d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, pad }) => ({
      args: [float([batch, 5, input]), float([3, input, output])],
      f: (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, pad),
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
    name: 'depthwiseConv2d',
    gradient: withOurs,
    draw: options.map(({ batch, input, output, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input, output])],
      f: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
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
    name: 'dilation2d',
    gradient: none,
    draw: options.map(({ batch, input, stride, pad }) => ({
      args: [float([batch, 4, 4, input]), float([2, 2, input])],
      f: (x, filter) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, stride, pad),
    })),
  },
  {
    // The wasm kernels refuse a bias that was reshaped, as the loop's is: it passes a copy.
    name: 'fused.conv2d',
    gradient: withOurs,
    draw: fc
      .tuple(options, fc.constantFrom(...activations))
      .map(([{ batch, input, output, stride, pad }, activation]) => ({
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
    name: 'fused.depthwiseConv2d',
    gradient: none,
    draw: fc
      .tuple(options, fc.constantFrom(...activations))
      .map(([{ batch, input, output, pad }, activation]) => ({
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
  {
    name: 'Conv2DBackpropInput',
    gradient: none,
    draw: options.map(({ batch, input, output }) => ({
      args: [float([batch, 3, 3, output]), float([2, 2, input, output])],
      f: (dy, filter) =>
        kernel(
          'Conv2DBackpropInput',
          { dy: dy!, filter: filter! },
          { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: [batch, 3, 3, input] },
        ),
    })),
  },
  {
    name: 'Conv2DBackpropFilter',
    gradient: none,
    only: withOurs,
    draw: options.map(({ batch, input, output }) => ({
      args: [float([batch, 3, 3, input]), float([batch, 3, 3, output])],
      f: (x, dy) =>
        kernel(
          'Conv2DBackpropFilter',
          { x: x!, dy: dy! },
          { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [2, 2, input, output] },
        ),
    })),
  },
]);
