import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { it } from 'vitest';
import { describeOnWebgpu, expectAsOnCpu, made } from './support.ts';

/** Of five to eight axes, more than tfjs has programs for. */
const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 8 });
const few = { numRuns: 12 };

const each = <T>(shape: readonly number[], of: (length: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...shape.map(of));

/** A part of each axis, from its first place to the one behind its last. */
const splitParts = (shape: readonly number[]) =>
  each(shape, (length) =>
    fc
      .nat(length - 1)
      .chain((first) =>
        fc.record({ first: fc.constant(first), end: fc.integer({ min: first + 1, max: length }) }),
      ),
  );

const someAxes = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.subarray(
    shape.map((_, axis) => axis),
    { minLength: 1 },
  );

describeOnWebgpu('on tensors of many axes, as on cpu,', () => {
  /** A test of functions of a tensor of floats, with what they need drawn for its shape. */
  const same = <T>(
    name: string,
    draw: (shape: readonly number[]) => fc.Arbitrary<T>,
    f: (x: tf.Tensor, drawn: T) => readonly tf.Tensor[],
  ): void => {
    it(name, async () => {
      const drawn = shapes.chain((shape) => fc.tuple(fc.constant(shape), draw(shape)));
      await fc.assert(
        fc.asyncProperty(drawn, ([shape, one]) => expectAsOnCpu(() => f(made(shape, 1), one))),
        few,
      );
    });
  };
  const nothing = () => fc.constant(null);

  same('slices', splitParts, (x, parts) => {
    const begin = parts.map(({ first }) => first);
    const size = parts.map(({ first, end }) => end - first);
    const whole = tf.cast(tf.mul(x, 9), 'int32');
    return [
      tf.slice(x, begin, size),
      tf.cast(tf.slice(whole, begin, size), 'float32'),
      tf.cast(tf.slice(tf.greater(x, 0), begin, size), 'float32'),
    ];
  });

  same(
    'slices with strides',
    (shape) =>
      fc.record({
        parts: splitParts(shape),
        strides: each(shape, () => fc.integer({ min: 1, max: 2 })),
        turned: fc.nat(shape.length - 1),
        mask: fc.nat(2 ** shape.length - 1),
        added: fc.constantFrom(0, 1, 2),
      }),
    (x, { parts, strides, turned, mask, added }) => {
      const begin = parts.map(({ first }, axis) => first - (axis === turned ? x.shape[axis]! : 0));
      const end = parts.map((part) => part.end);
      const steps = strides.map((step, axis) => (axis === turned ? -step : step));
      const all = 2 ** x.rank - 1;
      return [
        tf.stridedSlice(x, begin, end, strides, mask, mask),
        tf.stridedSlice(x, begin, end, steps, all, all),
        tf.stridedSlice(x, begin.slice(1), end.slice(1), strides.slice(1), mask, all, added),
      ];
    },
  );

  same('reversals', someAxes, (x, axes) => [tf.reverse(x, axes)]);

  same(
    'transpositions',
    (shape) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    (x, perm) => [
      tf.transpose(x, perm),
      tf.cast(tf.transpose(tf.cast(tf.mul(x, 9), 'int32'), perm), 'float32'),
    ],
  );

  same(
    'repeats',
    (shape) => each(shape, () => fc.integer({ min: 1, max: 2 })),
    (x, reps) => [tf.tile(x, reps)],
  );

  same(
    'paddings',
    (shape) => each(shape, () => fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 }))),
    (x, paddings) => [
      tf.pad(x, paddings, 0.5),
      tf.cast(tf.pad(tf.cast(tf.mul(x, 9), 'int32'), paddings, 3), 'float32'),
    ],
  );

  same(
    'mirrored paddings',
    (shape) =>
      each(shape, (length) => {
        const side = fc.nat({ max: length - 1 });
        return fc.tuple(side, side);
      }),
    (x, paddings) => [tf.mirrorPad(x, paddings, 'reflect'), tf.mirrorPad(x, paddings, 'symmetric')],
  );

  same(
    'reductions',
    (shape) => fc.tuple(someAxes(shape), fc.boolean()),
    (x, [axes, keep]) => {
      const is = tf.greater(x, 0);
      return [
        ...[tf.sum, tf.mean, tf.max, tf.min, tf.prod].map((f) => f(x, axes, keep)),
        ...[tf.any(is, axes, keep), tf.all(is, axes, keep)].map((y) => tf.cast(y, 'float32')),
        tf.cast(tf.argMax(x, axes[0]!), 'float32'),
        tf.cast(tf.argMin(x, axes[0]! - x.rank), 'float32'),
      ];
    },
  );

  same('functions of each number', nothing, (x) => [
    tf.square(x),
    tf.relu(x),
    tf.elu(x),
    tf.clipByValue(x, -0.5, 0.5),
    tf.cast(tf.cast(tf.mul(x, 9), 'int32'), 'float32'),
    tf.cast(tf.cast(x, 'bool'), 'float32'),
    tf.cast(tf.logicalNot(tf.greater(x, 0)), 'float32'),
    tf.grad((y) => tf.sum(tf.elu(y)))(x),
    tf.addN([x, x, x]),
    tf.fill(x.shape, 3),
    tf.add(tf.onesLike(x), tf.zerosLike(x)),
    tf.softmax(x),
  ]);

  same(
    'parts',
    (shape) => fc.nat(shape.length - 1),
    (x, axis) => [
      ...tf.unstack(x, axis),
      ...tf.split(tf.concat([x, x, x], axis), [x.shape[axis]!, -1], axis),
    ],
  );
});
