import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { adamApplyKernel, adamKernel } from '../../../src/ops/adam.ts';
import { addNoise, addNoiseKernels } from '../../../src/ops/addNoise.ts';
import { choleskyKernel } from '../../../src/ops/cholesky.ts';
import { avgPoolGradientKernel } from '../../../src/ops/gradients/pooling.ts';
import { groupNormKernels } from '../../../src/ops/groupNorm.ts';
import { ivonApplyKernel, ivonKernel } from '../../../src/ops/ivon.ts';
import { labelLogProbKernels } from '../../../src/ops/labelLogProbs.ts';
import { momentsKernels } from '../../../src/ops/moments.ts';
import { divergenceWithMoments, normalDivergenceKernels } from '../../../src/ops/normalDivergence.ts';
import { reluGradientKernel } from '../../../src/ops/relu.ts';
import { softmaxGradientKernel } from '../../../src/ops/softmax.ts';
import { triangularSolveKernel } from '../../../src/ops/triangularSolve.ts';
import { withSquare, withSquareKernels } from '../../../src/ops/withSquare.ts';
import { type Backend, kernels as kernelsOn } from '../../support/backends.ts';
import {
  broadcastable,
  everywhere,
  float,
  int,
  none,
  notOnWasm,
  pickShape,
  type Row,
  withOurs,
} from '../support/againstLoop.ts';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

const run = (name: string, inputs: Inputs, attrs: object = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);

const conv = { strides: 1, pad: 'same' };
const few = fc.integer({ min: 1, max: 2 });

const onImages = (
  name: string,
  args: (batch: number) => readonly (readonly number[])[],
  f: (...args: tf.Tensor[]) => tf.Tensor,
  only: readonly Backend[] = everywhere,
  gradient = none,
): Row => ({
  name,
  gradient,
  only,
  draw: few.map((batch) => ({ args: args(batch).map((shape) => float(shape, 0, 1)), f })),
});

/** The backends with kernels for triangular matrices. */
const mainMemory = everywhere.filter((backend) => backend !== 'webgpu' && kernelsOn);

const onlyOurWasm = withOurs.filter((backend) => backend === 'wasm' && kernelsOn);
const norm = { groups: 2, eps: 0.1, centred: true };

/** Kernels that no operation runs but gradients do, or the engine, or nobody. */
export const kernels: readonly Row[] = [
  onImages(
    'MaxPoolGrad',
    (batch) => [
      [batch, 4, 4, 2],
      [batch, 2, 2, 2],
    ],
    (x, dy) => {
      const output = tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
      return run('MaxPoolGrad', { dy, input: x, output }, { filterSize: 2, strides: 2, pad: 'valid' });
    },
  ),
  onImages(
    'AvgPoolGrad',
    (batch) => [
      [batch, 4, 4, 2],
      [batch, 2, 2, 2],
    ],
    (input, dy) => run('AvgPoolGrad', { dy, input }, { filterSize: 2, strides: 2, pad: 'valid' }),
  ),
  onImages(
    'MaxPool3DGrad',
    (batch) => [
      [batch, 2, 2, 4, 2],
      [batch, 1, 1, 2, 2],
    ],
    (x, dy) => {
      const output = tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid');
      return run('MaxPool3DGrad', { dy, input: x, output }, { filterSize: 2, strides: 2, pad: 'valid' });
    },
  ),
  onImages(
    'AvgPool3DGrad',
    (batch) => [
      [batch, 2, 2, 4, 2],
      [batch, 1, 1, 2, 2],
    ],
    (input, dy) => run('AvgPool3DGrad', { dy, input }, { filterSize: 2, strides: 2, pad: 'valid' }),
  ),
  onImages(
    'LRNGrad',
    (batch) => [
      [batch, 2, 2, 3],
      [batch, 2, 2, 3],
    ],
    (x, dy) => {
      const attrs = { depthRadius: 1, bias: 1, alpha: 1, beta: 0.5 };
      return run('LRNGrad', { x, y: tf.localResponseNormalization(x as tf.Tensor4D, 1), dy }, attrs);
    },
    notOnWasm,
  ),
  onImages(
    'ResizeBilinearGrad',
    (batch) => [
      [batch, 4, 4, 2],
      [batch, 3, 5, 2],
    ],
    (images, dy) => run('ResizeBilinearGrad', { images, dy }, { alignCorners: false }),
  ),
  onImages(
    'ResizeNearestNeighborGrad',
    () => [
      [1, 4, 4, 2],
      [1, 3, 5, 2],
    ],
    (images, dy) => run('ResizeNearestNeighborGrad', { images, dy }, { alignCorners: false }),
  ),
  onImages(
    'Conv2DBackpropInput',
    (batch) => [
      [batch, 3, 3, 2],
      [2, 2, 1, 2],
    ],
    (dy, filter) => {
      const inputShape = [dy.shape[0], 3, 3, 1];
      return run('Conv2DBackpropInput', { dy, filter }, { ...conv, dataFormat: 'NHWC', inputShape });
    },
    everywhere,
    withOurs,
  ),
  onImages(
    'Conv2DBackpropFilter',
    (batch) => [
      [batch, 3, 3, 2],
      [batch, 3, 3, 1],
    ],
    (x, dy) =>
      run('Conv2DBackpropFilter', { x, dy }, { ...conv, dataFormat: 'NHWC', filterShape: [2, 2, 2, 1] }),
    withOurs,
    withOurs,
  ),
  onImages(
    'Conv3DBackpropInputV2',
    (batch) => [
      [batch, 2, 2, 2, 2],
      [2, 2, 2, 1, 2],
    ],
    (dy, filter) =>
      run('Conv3DBackpropInputV2', { dy, filter }, { ...conv, inputShape: [dy.shape[0], 2, 2, 2, 1] }),
    withOurs,
    withOurs,
  ),
  onImages(
    'Conv3DBackpropFilterV2',
    (batch) => [
      [batch, 2, 2, 2, 2],
      [batch, 2, 2, 2, 1],
    ],
    (x, dy) => run('Conv3DBackpropFilterV2', { x, dy }, { ...conv, filterShape: [2, 2, 2, 2, 1] }),
    withOurs,
    withOurs,
  ),
  onImages(
    'DepthwiseConv2dNativeBackpropInput',
    (batch) => [
      [batch, 3, 3, 2],
      [2, 2, 2, 1],
    ],
    (dy, filter) => {
      const inputShape = [dy.shape[0], 3, 3, 2];
      const attrs = { ...conv, dilations: 1, inputShape };
      return run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs);
    },
    withOurs,
    withOurs,
  ),
  onImages(
    'DepthwiseConv2dNativeBackpropFilter',
    (batch) => [
      [batch, 3, 3, 2],
      [batch, 3, 3, 2],
    ],
    (x, dy) => {
      const attrs = { ...conv, dilations: 1, filterShape: [2, 2, 2, 1] };
      return run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs);
    },
    withOurs,
    withOurs,
  ),
  ...['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'].map((name) =>
    onImages(
      name,
      (batch) => [
        [batch, 3, 3, 2],
        [2, 2, 2],
        [batch, 3, 3, 2],
      ],
      (x, filter, dy) => run(name, { x, filter, dy }, { ...conv, dilations: 1 }),
    ),
  ),
  {
    name: 'EluGrad',
    gradient: everywhere,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape)],
      f: (dy, y) => run('EluGrad', { dy, y }),
    })),
  },
  {
    // No backend has it: its rule runs others.
    name: 'BroadcastTo',
    gradient: everywhere,
    draw: broadcastable(1).map(([shape]) => ({
      args: [float(shape!)],
      f: (x) => run('BroadcastTo', { x }, { shape: [2, ...shape!], inputShape: [...shape!] }),
      reference: (x) => tf.stack([x!, x!]),
    })),
  },
  {
    name: `${adamKernel}`,
    gradient: none,
    only: withOurs.filter((backend) => backend !== 'cpu' && kernelsOn),
    draw: pickShape(1, 2).map((shape) => ({
      args: [float(shape), float(shape, 0, 1), float(shape)],
      f: (first, second, gradient) => {
        const numbers = { rate1: 0.1, rate2: 0.01, coarse: 1e-20, tiny: 1e-30, scale: 1, epsilon: 1e-8 };
        return tf
          .engine()
          .runKernel(
            adamKernel,
            { first: first!, second: second!, gradient: gradient! },
            numbers,
          ) as tf.Tensor[];
      },
    })),
  },
  {
    name: `${adamApplyKernel}`,
    gradient: none,
    only: withOurs.filter((backend) => backend === 'wasm' && kernelsOn),
    draw: pickShape(1, 2).map((shape) => ({
      args: [float(shape), float(shape), float(shape, 0, 1), float(shape)],
      f: (params, first, second, gradient) => {
        const inputs = { params: params!, first: first!, second: second!, gradient: gradient! };
        const numbers = {
          ...{ rate1: 0.1, rate2: 0.01, coarse: 1e-20, tiny: 1e-30, scale: 1, epsilon: 1e-8 },
          ...{ rate: -0.1, inPlace: false },
        };
        return tf.engine().runKernel(adamApplyKernel, inputs, numbers) as tf.Tensor[];
      },
    })),
  },
  {
    name: choleskyKernel,
    gradient: mainMemory,
    only: mainMemory,
    draw: few.map((count) => ({
      args: [float([count, 3, 3], 0, 0.5)],
      // With a diagonal that makes it positive definite.
      f: (a) => run(choleskyKernel, { a: tf.add(a!, tf.mul(2, tf.eye(3))) }),
    })),
  },
  {
    name: triangularSolveKernel,
    gradient: mainMemory,
    only: mainMemory,
    draw: fc.tuple(few, fc.boolean(), fc.boolean()).map(([count, transposed, unitDiagonal]) => ({
      args: [float([count, 3, 3], 0.5, 1), float([count, 3, 2])],
      f: (lower, right) => run(triangularSolveKernel, { lower, right }, { transposed, unitDiagonal }),
    })),
  },
  {
    name: `${ivonKernel}`,
    gradient: none,
    only: withOurs.filter((backend) => backend !== 'cpu' && kernelsOn),
    draw: pickShape(1, 2).map((shape) => ({
      args: [float(shape), float(shape), float(shape), float(shape)],
      f: (momentum, dMean, dLogStd, logStd) => {
        const numbers = {
          ...{ rate1: 0.1, coarse: 1e-20, rate2: 0.5, scale: 2, learningRate: 0.1 },
          ...{ clipRadius: 1, limit: 999 },
        };
        const inputs = { momentum: momentum!, dMean: dMean!, dLogStd: dLogStd!, logStd: logStd! };
        return tf.engine().runKernel(ivonKernel, inputs, numbers) as tf.Tensor[];
      },
    })),
  },
  {
    name: `${ivonApplyKernel}`,
    gradient: none,
    only: withOurs.filter((backend) => backend === 'wasm' && kernelsOn),
    draw: pickShape(1, 2).map((shape) => ({
      args: [float(shape), float(shape), float(shape), float(shape), float(shape)],
      f: (momentum, dMean, dLogStd, mean, logStd) => {
        const numbers = {
          ...{ rate1: 0.1, coarse: 1e-20, rate2: 0.5, scale: 2, learningRate: 0.1 },
          ...{ clipRadius: 1, limit: 999, inPlace: false },
        };
        const moments = { momentum: momentum!, dMean: dMean!, dLogStd: dLogStd! };
        const inputs = { ...moments, mean: mean!, logStd: logStd! };
        return tf.engine().runKernel(ivonApplyKernel, inputs, numbers) as tf.Tensor[];
      },
    })),
  },
  {
    name: groupNormKernels.forward,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows, 3, 4]), float([1, 4]), float([1, 4])],
      f: (x, weight, bias) =>
        tf
          .engine()
          .runKernel<tf.Tensor[]>(groupNormKernels.forward, { x: x!, weight: weight!, bias: bias! }, norm),
    })),
  },
  {
    name: groupNormKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows, 3, 4]), float([rows, 3, 4]), float([1, 4]), float([rows, 2]), float([rows, 2])],
      f: (dy, x, weight, mean, inverse) => {
        const inputs = { dy: dy!, x: x!, weight: weight!, mean: mean!, inverse: inverse! };
        return tf.engine().runKernel<tf.Tensor[]>(groupNormKernels.gradient, inputs, norm);
      },
    })),
  },
  {
    name: reluGradientKernel,
    gradient: none,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape)],
      f: (y, dy) => run(reluGradientKernel, { y, dy }),
    })),
  },
  {
    name: softmaxGradientKernel,
    gradient: none,
    only: onlyOurWasm,
    draw: pickShape(1, 3).map((shape) => ({
      args: [float(shape), float(shape)],
      f: (y, dy) => run(softmaxGradientKernel, { y, dy }),
    })),
  },
  {
    name: labelLogProbKernels.forward,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows, 5]), int([rows], 0, 5)],
      f: (logits, labels) =>
        tf.engine().runKernel<tf.Tensor[]>(labelLogProbKernels.forward, { logits: logits!, labels: labels! }),
    })),
  },
  {
    name: labelLogProbKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows]), float([rows, 5]), int([rows], 0, 5), float([rows]), float([rows])],
      f: (dy, logits, labels, largest, logSum) =>
        run(labelLogProbKernels.gradient, { dy, logits, labels, largest, logSum }),
    })),
  },
  {
    name: addNoiseKernels.forward,
    gradient: onlyOurWasm,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape, 0.1, 1), float(shape)],
      f: (location, variance, noise) => addNoise(location!, variance!, noise!),
    })),
  },
  {
    name: addNoiseKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: pickShape(0, 2).map((shape) => ({
      args: [float([3, ...shape]), float(shape, 0.1, 1), float([3, ...shape])],
      f: (dy, variance, noise) => {
        const inputs = { dy: dy!, variance: variance!, noise: noise! };
        const attrs = { rank: shape.length };
        return tf.engine().runKernel<tf.Tensor[]>(addNoiseKernels.gradient, inputs, attrs);
      },
    })),
  },
  {
    name: normalDivergenceKernels.forward,
    gradient: onlyOurWasm,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape)],
      f: (mean, logStd) => {
        const found = divergenceWithMoments({ mean: mean!, logStd: logStd! }, 0.5, 2);
        return [found.mean, found.variance, found.divergence];
      },
    })),
  },
  {
    name: normalDivergenceKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape), float(shape, 0.1, 1), float(shape), float(shape), float([])],
      f: (mean, logStd, variance, dMean, dVariance, dDivergence) => {
        const attrs = { centre: 0.5, scale: 2, rank: shape.length };
        const inputs = {
          ...{ mean: mean!, logStd: logStd!, variance: variance! },
          ...{ dMean: dMean!, dVariance: dVariance!, dDivergence: dDivergence! },
        };
        return tf.engine().runKernel<tf.Tensor[]>(normalDivergenceKernels.gradient, inputs, attrs);
      },
    })),
  },
  {
    name: withSquareKernels.forward,
    gradient: onlyOurWasm,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape)],
      f: (given) => {
        const { x, square } = withSquare(given!);
        return [x, square];
      },
    })),
  },
  {
    name: withSquareKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape), float(shape)],
      f: (dx, x, dSquare) => run(withSquareKernels.gradient, { dx, x, dSquare }),
    })),
  },
  {
    name: momentsKernels.forward,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows, 3, 4])],
      f: (x) => run(momentsKernels.forward, { x }),
    })),
  },
  {
    name: momentsKernels.gradient,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((rows) => ({
      args: [float([rows, 2, 4]), float([rows, 3, 4]), float([rows, 2, 4])],
      f: (dy, x, moments) => run(momentsKernels.gradient, { dy, x, moments }),
    })),
  },
  {
    name: avgPoolGradientKernel,
    gradient: none,
    only: onlyOurWasm,
    draw: few.map((batch) => ({
      args: [float([batch, 2, 2, 3])],
      f: (dy) => {
        const window = { size: 3, stride: 2, before: 1 };
        const attrs = { inputShape: [dy!.shape[0], 4, 4, 3], windows: [window, window] };
        return run(avgPoolGradientKernel, { dy }, attrs);
      },
    })),
  },
];
