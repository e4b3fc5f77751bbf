import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import {
  type ConvolutionWeights,
  conv1d,
  conv2d,
  conv3d,
  type Layer,
  type PaddingMode,
  type Unary,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { backends, describeOnBackends, kernels, runs, start } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { outputSizes, type Reference, reference } from './support/convolutionReference.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);

/** The three layers under one type. */
const layers = [conv1d, conv2d, conv3d] as unknown as readonly ((
  inChannels: number,
  outChannels: number,
  kernelSize: never,
  options: object,
) => Layer<ConvolutionWeights, Unary>)[];

const makeModel = (
  { kernel, stride, dilation, groups, inChannels, outChannels }: Reference,
  padding: unknown,
  mode: string,
) =>
  ordinary(
    layers[kernel.length - 1]!(inChannels, outChannels, kernel as never, {
      stride,
      dilation,
      padding,
      paddingMode: mode as PaddingMode,
      groups,
    }),
  );

const small = (min: number, max: number) => fc.integer({ min, max });
const modes = ['zeros', 'reflect', 'replicate', 'circular'];

/** A convolution with everything that can be chosen, in the terms of the layer and of the reference. */
const cases = small(1, 3).chain((axes) => {
  const each = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: axes, maxLength: axes });
  return fc
    .record({
      batch: small(1, 2),
      kernel: each(small(1, 3)),
      stride: each(small(1, 2)),
      dilation: each(small(1, 2)),
      padding: fc.oneof(fc.constantFrom('same', 'valid'), each(small(0, 2)), small(0, 2)),
      more: each(small(0, 3)),
      mode: fc.constantFrom(...modes),
      groups: small(1, 3),
      ins: small(1, 3),
      outs: fc.constantFrom(1, 2, 3, 8, 9),
      seed: fc.nat(1000),
    })
    .map(({ batch, kernel, padding, more, mode, groups, ins, outs, seed, ...rest }) => {
      const stride = padding === 'same' ? kernel.map(() => 1) : rest.stride;
      const pads = kernel.map((taps, axis): readonly [number, number] => {
        const total = rest.dilation[axis]! * (taps - 1);
        if (padding === 'same') return [Math.floor(total / 2), Math.ceil(total / 2)];
        const own = Array.isArray(padding) ? padding[axis]! : padding === 'valid' ? 0 : Number(padding);
        return [own, own];
      });
      // Long enough for the kernel, and for a reflection.
      const sizes = kernel.map((taps, axis) => {
        const reach = rest.dilation[axis]! * (taps - 1) + 1 - pads[axis]![0] - pads[axis]![1];
        return Math.max(reach, pads[axis]![1] + 1) + more[axis]!;
      });
      const of: Reference = {
        ...{ batch, sizes, kernel, stride, dilation: rest.dilation, pads, mode, groups },
        inChannels: groups * ins,
        outChannels: groups * outs,
      };
      return { of, padding, seed };
    });
});

const suite = (): void => {
  it('equal their definition, with any options', () => {
    fc.assert(
      fc.property(cases, ({ of, padding, seed }) => {
        tf.tidy(() => {
          const model = makeModel(of, padding, of.mode);
          const params = model.init(random.key(seed));
          const x = tf.randomUniform([of.batch, ...of.sizes, of.inChannels], -1, 1, 'float32', seed);
          const y = model.apply(params, key, x);
          expect(y.shape).toEqual([of.batch, ...outputSizes(of), of.outChannels]);
          const weights = [params.weight.value, params.bias.value].map(values) as [number[], number[]];
          expectNumbers(values(y), reference(of, values(x), ...weights));
          const one = model.apply(params, key, tf.reshape(tf.slice(x, 0, 1), x.shape.slice(1)));
          expect(one.shape).toEqual(y.shape.slice(1));
          expectNumbers(values(one), values(tf.slice(y, 0, 1)));
        });
      }),
      { numRuns: runs(60), seed: 1 },
    );
  });

  it.each<[string, Layer<ConvolutionWeights, Unary>, number[]]>([
    ['conv1d, dilated, of an even kernel', conv1d(2, 3, 4, { padding: 'same', dilation: 2 }), [2, 6, 2]],
    ['conv2d with a stride', conv2d(2, 3, [2, 3], { stride: [2, 1], padding: 1 }), [2, 4, 3, 2]],
    [
      'conv2d, dilated, reflecting',
      conv2d(2, 2, 2, { dilation: 2, padding: 1, paddingMode: 'reflect' }),
      [1, 4, 3, 2],
    ],
    [
      'conv2d in groups, replicating',
      conv2d(4, 2, 2, { groups: 2, padding: 1, paddingMode: 'replicate' }),
      [1, 3, 2, 4],
    ],
    [
      'conv2d, depthwise, in a circle',
      conv2d(2, 4, 2, { groups: 2, padding: 'same', paddingMode: 'circular' }),
      [1, 3, 3, 2],
    ],
    ['conv3d', conv3d(1, 2, 2, { stride: [1, 2, 1], padding: [1, 0, 0] }), [1, 2, 3, 2, 1]],
    ['conv3d of one volume', conv3d(2, 2, [2, 1, 2], { groups: 2 }), [2, 2, 3, 2]],
  ])('have the gradients of their weights and their input: %s', (_, layer, shape) => {
    tf.tidy(() => {
      const model = ordinary(layer);
      const { weight, bias } = model.init(key);
      const x = tf.randomUniform(shape, -1, 1, 'float32', 4);
      const loss = (y: tf.Tensor): tf.Tensor => tf.sum(tf.square(y));
      expectGradient((value) => loss(model.apply({ weight: { value }, bias }, key, x)), weight.value);
      expectGradient((value) => loss(model.apply({ weight, bias: { value } }, key, x)), bias.value);
      expectGradient((input) => loss(model.apply({ weight, bias }, key, input)), x);
    });
  });

  it('leak no tensors, also when they throw', () => {
    const model = ordinary(conv2d(2, 3, 3, { padding: 2, paddingMode: 'circular', groups: 1 }));
    const params = model.init(key);
    const [x, bad] = [tf.zeros([2, 4, 5, 2]), tf.zeros([2, 4, 1, 2])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => {
      expect(() => model.apply(params, key, bad)).toThrow();
    });
    tf.dispose([x, bad, params.weight.value, params.bias.value]);
  });
};

describeOnBackends('convolutions', suite);

describe.runIf(backends.includes('wasm'))('convolutions on wasm without our kernels', () => {
  beforeAll(async () => {
    await start('wasm');
    useKernels(false);
  });
  afterAll(() => {
    useKernels(kernels);
  });
  suite();
});
