import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

type Three = [number, number, number];

const three = (max: number): fc.Arbitrary<Three> => {
  const one = fc.integer({ min: 1, max });
  return fc.tuple(one, one, one);
};

const drawn = fc.record({ sizes: three(5), taps: three(3), strides: three(3), seed: fc.nat(1e6) });

/** Padded with a value, or cut at the end, to what the windows of `'same'` read, as TensorFlow documents it. */
const region = (x: tf.Tensor5D, taps: Three, strides: Three, value: number): tf.Tensor5D => {
  const sides = taps.map((count, axis) => {
    const length = x.shape[axis + 1]!;
    return (Math.ceil(length / strides[axis]!) - 1) * strides[axis]! + count - length;
  });
  const pads = sides.map((side): [number, number] => {
    const all = Math.max(0, side);
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  });
  const cuts = sides.map((side) => Math.max(0, -side));
  const size = x.shape.map((length, axis) => length - (cuts[axis - 1] ?? 0));
  return tf.pad(tf.slice(x, [0, 0, 0, 0, 0], size), [[0, 0], ...pads, [0, 0]], value) as tf.Tensor5D;
};

type Volumes = (x: tf.Tensor5D, filter: tf.Tensor5D, taps: Three, strides: Three) => tf.Tensor5D;

/** Each operation padded to `'same'`, and the same without padding. */
const operations: Readonly<Record<string, readonly [Volumes, Volumes]>> = {
  conv3d: [
    (x, filter, _, strides) => tf.conv3d(x, filter, strides, 'same'),
    (x, filter, taps, strides) => tf.conv3d(region(x, taps, strides, 0), filter, strides, 'valid'),
  ],
  maxPool3d: [
    (x, _, taps, strides) => tf.maxPool3d(x, taps, strides, 'same'),
    (x, _, taps, strides) => tf.maxPool3d(region(x, taps, strides, -100), taps, strides, 'valid'),
  ],
  avgPool3d: [
    (x, _, taps, strides) => tf.avgPool3d(x, taps, strides, 'same'),
    (x, _, taps, strides) => {
      const mean = (y: tf.Tensor5D) => tf.avgPool3d(region(y, taps, strides, 0), taps, strides, 'valid');
      return tf.div(mean(x), mean(tf.onesLike(x)));
    },
  ],
};

const numbers = (seed: number, shape: number[]): tf.Tensor5D =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, at) => 3 * Math.sin(seed + 1.7 * at * at) - 1),
    shape as [number, number, number, number, number],
  );

describeOnBackends("windows on volumes padded to 'same', narrower than the stride or wider,", () => {
  it.skipIf(!kernels).each(Object.entries(operations))('%s: values, gradients, inside vmap', (name, ops) => {
    fc.assert(
      fc.property(drawn, ({ sizes, taps, strides, seed }) =>
        tf.tidy(() => {
          const x = numbers(seed, [1, ...sizes, 2]);
          const filter = numbers(seed + 1, [...taps, 2, 2]);
          const results = ops.map((op) => {
            const f = (a: tf.Tensor, b: tf.Tensor) => op(a as tf.Tensor5D, b as tf.Tensor5D, taps, strides);
            const y = f(x, filter);
            const weights = numbers(seed + 2, y.shape);
            const total = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.mul(f(a, b), weights));
            const gradients =
              name === 'conv3d' ? tf.grads(total)([x, filter]) : [tf.grad((a) => total(a, filter))(x)];
            return { y, gradients };
          });
          const [actual, expected] = results as [(typeof results)[0], (typeof results)[0]];
          expect(actual.y.shape).toEqual(expected.y.shape);
          expectNumbers(values(actual.y), values(expected.y), 1e-5);
          actual.gradients.forEach((gradient, at) => {
            expectNumbers(values(gradient), values(expected.gradients[at]!), 1e-5);
          });
          const mapped = vmap((a: tf.Tensor) => ops[0](a as tf.Tensor5D, filter, taps, strides))(
            tf.stack([x, x]),
          );
          expectNumbers(values(mapped).slice(actual.y.size), values(expected.y), 1e-5);
        }),
      ),
      { numRuns: runs(30) },
    );
  });

  it.skipIf(!kernels)('conv3dTranspose is the transpose of conv3d, and nothing is left behind', () => {
    expectNoLeak(() => {
      const [x, filter] = [numbers(1, [1, 4, 5, 3, 2]), numbers(2, [1, 2, 1, 2, 3])];
      const y = tf.conv3d(x, filter, 2, 'same');
      const dy = numbers(3, y.shape);
      const back = tf.conv3dTranspose(dy, filter, [1, 4, 5, 3, 2], 2, 'same');
      const total = (a: tf.Tensor, b: tf.Tensor): readonly number[] => {
        const product = tf.tidy(() => tf.sum(tf.mul(a, b)));
        const [sum] = values(product);
        product.dispose();
        return [sum!];
      };
      expectNumbers(total(back, x), total(dy, y), 1e-4);
      const made = [x, filter, y, dy, back];
      tf.dispose(made);
      return [];
    });
  });
});
