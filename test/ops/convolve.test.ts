import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import type { Geometry, Volume } from '../../src/ops/convolutionGeometry.ts';
import { convolve, convolveTransposed } from '../../src/ops/convolve.ts';
import { convolutionKernels } from '../../src/ops/gradients/convolution.ts';
import { vmap } from '../../src/vmap/index.ts';
import { kernels, start } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const small = (min: number, max: number) => fc.integer({ min, max });
const three = (value: fc.Arbitrary<number>) => fc.tuple(value, value, value);

const cases = fc
  .record({
    batch: small(0, 2),
    ins: small(1, 5),
    outs: fc.constantFrom(1, 3, 8, 11, 16),
    groups: small(1, 3),
    windows: three(small(1, 4)),
    taps: three(small(1, 3)),
    strides: three(small(1, 3)),
    dilations: three(small(1, 3)),
    pads: three(small(0, 3)),
    short: three(small(-2, 3)),
    samples: small(1, 3),
    ownImages: fc.boolean(),
    ownFilters: fc.boolean(),
    seed: small(1, 1000),
  })
  .map(({ windows, taps, strides, dilations, pads, short, groups, ...rest }) => {
    // Images may end before the last window does, or go on behind it.
    const inputs = windows.map((count, axis) => {
      const reach = (count - 1) * strides[axis]! + (taps[axis]! - 1) * dilations[axis]! + 1;
      return Math.max(1, reach - pads[axis]! + short[axis]!);
    }) as unknown as Volume;
    const geometry: Geometry = { inputs, outputs: windows, taps, strides, dilations, pads, groups };
    return { geometry, ...rest };
  });

const uniform = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.randomUniform([...shape], -1, 1, 'float32', seed);

describe('a convolution by our kernels on wasm', () => {
  beforeAll(async () => {
    await start('wasm');
  });
  afterAll(() => {
    useKernels(kernels);
  });

  const both = (f: () => readonly tf.Tensor[]): void => {
    const [ours, plain] = [true, false].map((on) => {
      useKernels(on);
      return f();
    });
    ours!.forEach((x, at) => {
      expect(x.shape).toEqual(plain![at]!.shape);
      expectNumbers(values(x), values(plain![at]!));
    });
  };

  const check = (
    f: (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) => tf.Tensor,
    images: readonly number[],
    results: readonly number[],
    {
      geometry,
      ins,
      outs,
      samples,
      ownImages,
      ownFilters,
      seed,
    }: typeof cases extends fc.Arbitrary<infer C> ? C : never,
  ): void => {
    const { taps, groups } = geometry;
    tf.tidy(() => {
      const own = (is: boolean, shape: readonly number[]) => (is ? [samples, ...shape] : shape);
      const x = uniform(own(ownImages, images), seed);
      const filter = uniform(own(ownFilters, [...taps, ins, outs * groups]), seed + 1);
      const bias = uniform(own(ownFilters, [outs * groups]), seed + 2);
      const dy = uniform([samples, ...results], seed + 3);
      const mapped = (...args: tf.Tensor[]): tf.Tensor =>
        vmap(f, {
          inAxes: [ownImages ? 0 : null, ownFilters ? 0 : null, ownFilters ? 0 : null],
          axisSize: samples,
        })(args[0]!, args[1]!, args[2]!);
      const { grads } = { grads: tf.grads((...args: tf.Tensor[]) => tf.sum(tf.mul(mapped(...args), dy))) };
      both(() => [mapped(x, filter, bias), ...grads([x, filter, bias])]);
    });
  };

  it('equals the one by plain operations, gradients too, whatever samples share', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { geometry, batch, ins, outs } = one;
        const images = [batch, ...geometry.inputs, ins * geometry.groups];
        const results = [batch, ...geometry.outputs, outs * geometry.groups];
        fc.pre(batch > 0);
        check((x, filter, bias) => convolve(x, filter, bias, geometry), images, results, one);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('so does the transposed one', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { geometry, batch, ins, outs } = one;
        const results = [batch, ...geometry.inputs, ins * geometry.groups];
        const images = [batch, ...geometry.outputs, outs * geometry.groups];
        fc.pre(batch > 0);
        const f = (y: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
          tf.mul(convolveTransposed(y, filter, geometry), tf.sum(bias));
        check(f, images, results, one);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('takes the samples of two maps at once', () => {
    useKernels(true);
    const geometry: Geometry = {
      ...{ inputs: [1, 3, 4], outputs: [1, 2, 3], taps: [1, 2, 2], strides: [1, 1, 1] },
      ...{ dilations: [1, 1, 1], pads: [0, 0, 0], groups: 1 },
    };
    const shapes = { x: [2, 1, 3, 4, 3], filter: [1, 2, 2, 3, 8], bias: [8] };
    for (const [outer, inner] of [
      [
        [0, null, null],
        [null, 0, null],
      ],
      [
        [0, 0, null],
        [0, null, 0],
      ],
      [
        [null, 0, 0],
        [0, 0, null],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ] as const)
      tf.tidy(() => {
        const given = Object.values(shapes).map((shape, at) =>
          uniform([...(outer[at] === 0 ? [2] : []), ...(inner[at] === 0 ? [3] : []), ...shape], at + 1),
        ) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const f = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) => convolve(x, filter, bias, geometry);
        const nested = vmap(
          (...args: [tf.Tensor, tf.Tensor, tf.Tensor]) => vmap(f, { inAxes: inner })(...args),
          {
            inAxes: outer,
          },
        )(...given);
        const part = (x: tf.Tensor, axis: number | null, index: number) =>
          axis === null ? x : tf.reshape(tf.slice(x, index, 1), x.shape.slice(1));
        const loop = [0, 1].flatMap((i) =>
          [0, 1, 2].map((j) => {
            const own = given.map((x, at) => part(part(x, outer[at]!, i), inner[at]!, j));
            return f(own[0]!, own[1]!, own[2]!);
          }),
        );
        expect(nested.shape).toEqual([2, 3, 2, 1, 2, 3, 8]);
        expectNumbers(values(nested), loop.flatMap(values));
      });
  });

  it('has gradients of its gradients', () => {
    useKernels(true);
    const geometry: Geometry = {
      ...{ inputs: [1, 3, 3], outputs: [1, 2, 2], taps: [1, 2, 2], strides: [1, 1, 1] },
      ...{ dilations: [1, 1, 1], pads: [0, 0, 0], groups: 1 },
    };
    both(() =>
      tf.tidy(() => {
        const [x, filter] = [uniform([1, 1, 3, 3, 2], 1), uniform([1, 2, 2, 2, 3], 2)];
        const squares = (image: tf.Tensor, weights: tf.Tensor) =>
          tf.sum(tf.square(convolve(image, weights, undefined, geometry)));
        const slope = (image: tf.Tensor, weights: tf.Tensor) =>
          tf.grads((a: tf.Tensor, b: tf.Tensor) => squares(a, b))([image, weights]);
        const [byX, byFilter] = [0, 1].map((at) =>
          tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(slope(a, b)[at]!)))([x, filter]),
        );
        return [...byX!, ...byFilter!];
      }),
    );
  });

  it('of an empty batch has a result and gradients', () => {
    useKernels(true);
    tf.tidy(() => {
      const run = (kernel: string, inputs: tf.NamedTensorMap, groups: number) =>
        tf.engine().runKernel(kernel, inputs, {
          ...{ inputs: [1, 3, 3], outputs: [1, 2, 2], taps: [1, 2, 2], strides: [1, 1, 1] },
          ...{ dilations: [1, 1, 1], pads: [0, 0, 0], groups },
        } as unknown as tf.NamedAttrMap) as tf.Tensor;
      for (const groups of [1, 2]) {
        const [x, dy] = [tf.zeros([2, 0, 1, 3, 3, 2]), tf.zeros([2, 0, 1, 2, 2, 4])];
        const filter = tf.ones([2, 1, 2, 2, 2 / groups, 4]);
        expect(run(convolutionKernels.forward, { x, filter }, groups).shape).toEqual([2, 0, 1, 2, 2, 4]);
        expect(run(convolutionKernels.byInput, { dy, filter }, groups).shape).toEqual([2, 0, 1, 3, 3, 2]);
        const byFilter = run(convolutionKernels.byFilter, { x, dy }, groups);
        expect(values(byFilter).every((value) => value === 0)).toBe(true);
      }
    });
  });
});
