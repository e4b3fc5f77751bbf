import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { readTogether } from '../support/readTogether.ts';

type Pair = [number, number];
type Rounding = 'floor' | 'round' | 'ceil';
type Pads = [Pair, Pair, Pair, Pair];

interface Case {
  readonly size: Pair;
  readonly taps: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pad: number;
  readonly rounding: Rounding | undefined;
  readonly seed: number;
}

const pickWindows = (
  { size, taps, strides, dilations, pad, rounding = 'floor' }: Case,
  axis: 0 | 1,
): number => {
  const reach = (taps[axis] - 1) * dilations[axis] + 1;
  return Math[rounding]((size[axis] + 2 * pad - reach) / strides[axis]) + 1;
};

const both = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const cases = (dilated: boolean): fc.Arbitrary<Case> =>
  fc
    .record({
      size: both(3, 6),
      taps: both(1, 3),
      strides: dilated ? fc.constant<Pair>([1, 1]) : both(1, 3),
      dilations: dilated ? both(1, 2) : fc.constant<Pair>([1, 1]),
      pad: fc.integer({ min: 0, max: 2 }),
      rounding: fc.constantFrom<Rounding | undefined>(undefined, 'floor', 'round', 'ceil'),
      seed: fc.integer({ min: 1, max: 1000 }),
    })
    .filter((given) =>
      ([0, 1] as const).every((axis) => {
        const { size, taps, strides, dilations, pad } = given;
        const last = (pickWindows(given, axis) - 1) * strides[axis] - pad;
        // A window that sees nothing but padding has no largest number and no mean.
        const sees = pad < taps[axis] && last < size[axis];
        return size[axis] + 2 * pad >= (taps[axis] - 1) * dilations[axis] + 1 && (dilated || sees);
      }),
    );

/** The padding of each side under which exactly these windows stand: negative where the last pixels are in none. */
const padSides = (given: Case): readonly Pair[] =>
  ([0, 1] as const).map((axis): Pair => {
    const { size, taps, strides, dilations, pad } = given;
    const reach = (taps[axis] - 1) * dilations[axis] + 1;
    return [pad, (pickWindows(given, axis) - 1) * strides[axis] + reach - size[axis] - pad];
  });

/** An image as exactly these windows see it, for operations without padding. */
const seen = (x: tf.Tensor, given: Case, value: number): tf.Tensor4D => {
  const [rows, columns] = padSides(given).map(([before, after]): Pair => [before, Math.max(after, 0)]) as [
    Pair,
    Pair,
  ];
  const whole = tf.pad(x, [[0, 0], rows, columns, [0, 0]] as Pads, value);
  const [height, width] = padSides(given).map(([, after]) => Math.min(after, 0)) as Pair;
  const [batch, h, w, channels] = whole.shape as [number, number, number, number];
  return tf.slice(whole, [0, 0, 0, 0], [batch, h + height, w + width, channels]) as tf.Tensor4D;
};

interface Kind {
  readonly dilated: boolean;
  readonly filter: (taps: Pair) => readonly number[] | undefined;
  readonly f: (given: Case, x: tf.Tensor, filter: tf.Tensor) => tf.Tensor;
  readonly reference: (given: Case, x: tf.Tensor, filter: tf.Tensor) => tf.Tensor;
}

type Convolve = typeof tf.conv2d | typeof tf.depthwiseConv2d;
const NHWC = 'NHWC';

const convolution = (run: Convolve, dilated: boolean): Kind => ({
  dilated,
  filter: (taps) => [...taps, 2, 1],
  f: ({ strides, dilations, pad, rounding }, x, filter) =>
    run(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, NHWC, dilations, rounding),
  reference: (given, x, filter) =>
    run(seen(x, given, 0), filter as tf.Tensor4D, given.strides, 'valid', NHWC, given.dilations),
});

const fused = (run: typeof tf.fused.conv2d | typeof tf.fused.depthwiseConv2d, plain: Convolve): Kind => ({
  ...convolution(plain, false),
  f: ({ strides, pad, rounding }, x, filter) =>
    run({
      x: x as tf.Tensor4D,
      filter: filter as tf.Tensor4D,
      strides,
      pad,
      ...(rounding ? { dimRoundingMode: rounding } : {}),
    }),
});

const images: readonly number[] = [2];

const pooling = (f: Kind['f'], reference: Kind['reference']): Kind => ({
  dilated: false,
  filter: () => undefined,
  f,
  reference,
});

const kinds: Readonly<Record<string, Kind>> = {
  conv2d: convolution(tf.conv2d, false),
  'conv2d, dilated': convolution(tf.conv2d, true),
  depthwiseConv2d: convolution(tf.depthwiseConv2d, false),
  'depthwiseConv2d, dilated': convolution(tf.depthwiseConv2d, true),
  'fused.conv2d': fused(tf.fused.conv2d, tf.conv2d),
  'fused.depthwiseConv2d': fused(tf.fused.depthwiseConv2d, tf.depthwiseConv2d),
  maxPool: pooling(
    ({ taps, strides, pad, rounding }, x) => tf.maxPool(x as tf.Tensor4D, taps, strides, pad, rounding),
    (given, x) => tf.maxPool(seen(x, given, -1e9), given.taps, given.strides, 'valid'),
  ),
  avgPool: pooling(
    ({ taps, strides, pad, rounding }, x) => tf.avgPool(x as tf.Tensor4D, taps, strides, pad, rounding),
    (given, x) => {
      const mean = (one: tf.Tensor): tf.Tensor =>
        tf.avgPool(seen(one, given, 0), given.taps, given.strides, 'valid');
      return tf.div(mean(x), mean(tf.onesLike(x)));
    },
  ),
};

const toTensors = ({ filter }: Kind, { size, taps, seed }: Case, samples: readonly number[]): tf.Tensor[] => {
  const x = tf.randomUniform([...samples, ...images, ...size, 2], -1, 1, 'float32', seed);
  const shape = filter(taps);
  return shape === undefined
    ? [x]
    : [x, tf.randomUniform([...samples, ...shape], -1, 1, 'float32', seed + 1)];
};

const compare = (actual: readonly tf.Tensor[], expected: readonly tf.Tensor[]): void => {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  readTogether([...actual, ...expected]);
  actual.forEach((one, at) => {
    expectNumbers(values(one), values(expected[at]!), 1e-4);
  });
};

describe.skipIf(!kernels)('one number as padding', () => {
  describeOnBackends('of non-square windows', (backend) => {
    it.each(Object.entries(kinds))('%s: each axis has its own windows and padding', (_, kind) => {
      fc.assert(
        fc.property(cases(kind.dilated), (given) => {
          tf.tidy(() => {
            const inputs = toTensors(kind, given, []);
            const f = (...all: tf.Tensor[]) => kind.f(given, all[0]!, all[1]!);
            const reference = (...all: tf.Tensor[]) => kind.reference(given, all[0]!, all[1]!);
            const wanted = reference(...inputs);
            expect(wanted.shape.slice(1, 3)).toEqual([pickWindows(given, 0), pickWindows(given, 1)]);
            const dy = tf.randomUniform(wanted.shape, -1, 1, 'float32', given.seed + 2);
            const gradients = (one: typeof f) =>
              tf.grads((...all: tf.Tensor[]) => tf.sum(tf.mul(one(...all), dy)))(inputs);
            // A gradient through dilation there is none.
            const more = kind.dilated ? [[], []] : [gradients(f), gradients(reference)];
            compare([f(...inputs), ...more[0]!], [wanted, ...more[1]!]);
          });
        }),
        { numRuns: runs(25) },
      );
    });

    it.each(Object.entries(kinds))('%s inside vmap: what it is outside', (_, kind) => {
      fc.assert(
        fc.property(cases(kind.dilated), fc.boolean(), (given, shared) => {
          tf.tidy(() => {
            const [x, filter] = toTensors(kind, given, [2]);
            const own = filter && shared ? (tf.unstack(filter)[0] as tf.Tensor) : filter;
            const f = (...all: tf.Tensor[]) => kind.f(given, all[0]!, all[1]!);
            const mapped = (...all: tf.Tensor[]) =>
              vmap(f, { inAxes: [0, ...(own ? [shared ? null : 0] : [])] })(...all);
            const looped = (...all: tf.Tensor[]) =>
              tf.stack(
                [0, 1].map((at) => {
                  const one = (given2: tf.Tensor): tf.Tensor => tf.gather(given2, at);
                  return f(one(all[0]!), ...(own ? [shared ? all[1]! : one(all[1]!)] : []));
                }),
              );
            const inputs = own ? [x!, own] : [x!];
            const dy = tf.randomUniform(looped(...inputs).shape, -1, 1, 'float32', given.seed + 2);
            const gradients = (one: typeof f) =>
              tf.grads((...all: tf.Tensor[]) => tf.sum(tf.mul(one(...all), dy)))(inputs);
            const more = kind.dilated ? [[], []] : [gradients(mapped), gradients(looped)];
            compare([mapped(...inputs), ...more[0]!], [looped(...inputs), ...more[1]!]);
          });
        }),
        { numRuns: runs(12) },
      );
    });

    // On webgpu these are -1e20 and 0.
    it.skipIf(backend === 'webgpu')(
      'windows that see nothing but padding: no largest number, and no mean',
      () => {
        tf.tidy(() => {
          const x = tf.reshape(tf.range(-4, 5), [1, 3, 3, 1]) as tf.Tensor4D;
          const none = [0, 0, 0, 0];
          for (const [pool, nothing] of [
            [tf.maxPool, Number.NEGATIVE_INFINITY],
            [tf.avgPool, Number.NaN],
          ] as const) {
            const y = pool(x, [1, 2], 1, 1);
            expect(y.shape).toEqual([1, 5, 4, 1]);
            const means = [
              [-4, -3.5, -2.5, -2],
              [-1, -0.5, 0.5, 1],
              [2, 2.5, 3.5, 4],
            ];
            const maxima = [
              [-4, -3, -2, -2],
              [-1, 0, 1, 1],
              [2, 3, 4, 4],
            ];
            const inside = pool === tf.maxPool ? maxima : means;
            expect(values(y)).toEqual(
              [none, ...inside, none].flatMap((row) => (row === none ? row.map(() => nothing) : row)),
            );
            const mapped = vmap((one: tf.Tensor) => pool(one as tf.Tensor4D, [1, 2], 1, 1))(tf.stack([x, x]));
            expect(values(mapped)).toEqual([...values(y), ...values(y)]);
          }
        });
      },
    );

    it('volumes, by windows of three sizes', () => {
      tf.tidy(() => {
        const x = tf.sub(tf.randomUniform([2, 4, 5, 3, 2], -1, 1, 'float32', 1), 2) as tf.Tensor5D;
        const flat = (y: tf.Tensor): tf.Tensor => tf.reshape(y, [8, 5, 3, 2]);
        const y = tf.maxPool3d(x, [1, 3, 2], [1, 2, 1], 1);
        const planes = tf.maxPool(flat(x) as tf.Tensor4D, [3, 2], [2, 1], 1);
        expect(y.shape).toEqual([2, 6, 3, 4, 2]);
        const middle = tf.slice(y, [0, 1, 0, 0, 0], [2, 4, 3, 4, 2]);
        expectNumbers(values(middle), values(planes));
      });
    });

    it('a filter of one row and two columns, padded by 1', () => {
      useKernels(true);
      tf.tidy(() => {
        const x = tf.reshape(tf.range(1, 10), [1, 3, 3, 1]) as tf.Tensor4D;
        const filter = tf.ones([1, 2, 1, 1]) as tf.Tensor4D;
        const rows = [...[0, 0, 0, 0], ...[1, 3, 5, 3], ...[4, 9, 11, 6], ...[7, 15, 17, 9], ...[0, 0, 0, 0]];
        for (const run of [tf.conv2d, tf.depthwiseConv2d]) {
          const y = run(x, filter, 1, 1);
          expect(y.shape).toEqual([1, 5, 4, 1]);
          expectNumbers(values(y), rows);
          const each = vmap((one: tf.Tensor, own: tf.Tensor) =>
            run(one as tf.Tensor4D, own as tf.Tensor4D, 1, 1),
          )(tf.stack([x, x]), tf.stack([filter, filter]));
          expect(each.shape).toEqual([2, 1, 5, 4, 1]);
          expectNumbers(values(each), [...rows, ...rows]);
        }
      });
    });
  });
});
