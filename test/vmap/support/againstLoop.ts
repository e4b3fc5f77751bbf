import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { type Backend, describeOnBackends } from '../../support/backends.ts';

/** One argument of one sample: its shape and the range of its values. */
export interface Argument {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string';
}

type F = (...args: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];

/** What is run in a case: a function of one sample and its arguments. */
export interface Case {
  readonly args: readonly Argument[];
  readonly f: F;
  /** What the loop computes, where tfjs's own gradient of `f` is wrong. */
  readonly reference?: F;
}

/** A row of a table of operations or kernels. */
export interface Row {
  /** The operation (or kernel), as in `image.resizeBilinear`; then, behind a space or a comma, what is particular. */
  readonly name: string;
  readonly draw: fc.Arbitrary<Case>;
  /** The backends on which the gradient is compared too. */
  readonly gradient: readonly Backend[];
  /** Why the gradient is not compared where there is one: what is wrong with tfjs's own. */
  readonly why?: string;
  /** The backends that have the kernel, or have it right; default: all. */
  readonly only?: readonly Backend[];
}

export const both: readonly Backend[] = ['cpu', 'wasm'];
/** Where every kernel has what training needs: on wasm those that tfjs lacks are ours. */
export const withOurs: readonly Backend[] = process.env.KERNELS === 'off' ? ['cpu'] : both;
export const none: readonly Backend[] = [];

export const float = (shape: readonly number[], low = -2, high = 2): Argument => ({
  shape,
  low,
  high,
  dtype: 'float32',
});
export const int = (shape: readonly number[], low: number, high: number): Argument => ({
  shape,
  low,
  high,
  dtype: 'int32',
});
export const bool = (shape: readonly number[]): Argument => ({ shape, low: 0, high: 2, dtype: 'bool' });
export const text = (shape: readonly number[]): Argument => ({ shape, low: 0, high: 9, dtype: 'string' });

const dimension = fc.integer({ min: 1, max: 3 });
export const shapeOf = (minLength: number, maxLength: number): fc.Arbitrary<readonly number[]> =>
  fc.array(dimension, { minLength, maxLength });

/** Several shapes that broadcast together. */
export const broadcastable = (count: number): fc.Arbitrary<readonly (readonly number[])[]> =>
  shapeOf(0, 3).chain((full) =>
    fc.array(
      fc
        .tuple(
          fc.integer({ min: 0, max: full.length }),
          fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        )
        .map(([drop, ones]) => full.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop)),
      { minLength: count, maxLength: count },
    ),
  );

/** An axis of a shape, from the front or from the end. */
export const axisOf = (shape: readonly number[], newAxes = 0): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length - newAxes, max: shape.length + newAxes - 1 });

export const values = (shape: readonly number[], { low, high, dtype }: Argument, seed: number): tf.Tensor => {
  const uniform = tf.randomUniform([...shape], low, high, 'float32', seed);
  if (dtype === 'float32') return uniform;
  const whole = tf.floor(uniform);
  return dtype === 'string'
    ? tf.tensor(Array.from(whole.dataSync(), String), [...shape], 'string')
    : tf.cast(whole, dtype);
};

export const insert = (shape: readonly number[], axis: number, size: number): number[] => [
  ...shape.slice(0, axis),
  size,
  ...shape.slice(axis),
];

const sampleAt = (x: tf.Tensor, axis: number, index: number, shape: readonly number[]): tf.Tensor => {
  const begin = x.shape.map((_, at) => (at === axis ? index : 0));
  const size = x.shape.map((length, at) => (at === axis ? 1 : length));
  return tf.reshape(tf.slice(x, begin, size), [...shape]);
};

export const list = (output: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] =>
  output instanceof tf.Tensor ? [output] : output;

export const expectClose = (actual: tf.Tensor, expected: tf.Tensor, tolerance = 1e-4): void => {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [a, e] = [actual.dataSync(), expected.dataSync()];
  const scale = Math.max(1, ...Array.from(e, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  const far = Array.from(a, (value, at) =>
    Object.is(value, e[at]) || value === e[at] ? 0 : Math.abs(value - e[at]!),
  ).filter(
    (difference, at) => !(difference <= tolerance * scale) && !(Number.isNaN(a[at]!) && Number.isNaN(e[at]!)),
  );
  expect(far, `${actual.toString()} is not close to ${expected.toString()}`).toEqual([]);
};

interface Batching {
  readonly size: number;
  readonly axes: readonly (number | null)[];
  readonly seed: number;
}

/** Which of some arguments are batched: each alone, and several together. */
export const choices = (count: number): readonly (readonly boolean[])[] => {
  const places = Array.from({ length: count }, (_, at) => at);
  const masks = Array.from({ length: 2 ** count - 1 }, (_, mask) =>
    places.map((at) => (((mask + 1) >> at) & 1) === 1),
  );
  return count <= 3
    ? masks
    : masks.filter((mask) => [1, count - 1, count].includes(mask.filter(Boolean).length));
};

const batching = (args: readonly Argument[]): fc.Arbitrary<Batching> =>
  fc.constantFrom(...choices(args.length)).chain((mask) =>
    fc.record({
      size: fc.integer({ min: 1, max: 3 }),
      axes: fc.tuple(
        ...args.map(({ shape }, at) =>
          mask[at] ? fc.integer({ min: -shape.length - 1, max: shape.length }) : fc.constant(null),
        ),
      ),
      seed: fc.integer({ min: 1, max: 100_000 }),
    }),
  );

const compare = (
  { args, f, reference = f }: Case,
  { size, axes, seed }: Batching,
  gradient: boolean,
): void => {
  const front = axes.map((axis, at) =>
    axis === null || axis >= 0 ? axis : axis + args[at]!.shape.length + 1,
  );
  const tensors = args.map((argument, at) => {
    const axis = front[at]!;
    return values(axis === null ? argument.shape : insert(argument.shape, axis, size), argument, seed + at);
  });
  const mapped = (...inputs: tf.Tensor[]): readonly tf.Tensor[] =>
    vmap((...one: tf.Tensor[]) => list(f(...one)), { inAxes: axes })(...inputs);
  const looped = (...inputs: tf.Tensor[]): readonly tf.Tensor[] => {
    const samples = Array.from({ length: size }, (_, index) =>
      list(
        reference(
          ...inputs.map((input, at) => {
            const axis = front[at]!;
            return axis === null ? input : sampleAt(input, axis, index, args[at]!.shape);
          }),
        ),
      ),
    );
    return samples[0]!.map((_, at) => tf.stack(samples.map((outputs) => outputs[at]!)));
  };
  const expected = looped(...tensors);
  const before = tf.memory().numTensors;
  const actual = mapped(...tensors);
  expect(tf.memory().numTensors - before).toBe(expected.length);
  expect(actual.length).toBe(expected.length);
  actual.forEach((one, at) => {
    expectClose(one, expected[at]!);
  });
  if (!gradient) return;
  // Flat, for tfjs's wasm kernels multiply up to rank 6 only.
  const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1]);
  const cotangents = expected.map((one, at) =>
    tf.randomUniform([one.size], -1, 1, 'float32', seed + 50 + at),
  );
  const scalar = (outputs: readonly tf.Tensor[]): tf.Tensor =>
    outputs
      .map((one, at) => tf.sum(tf.mul(flat(one), cotangents[at]!)))
      .reduce((total, next) => tf.add(total, next));
  const isFloat = args.map(({ dtype }) => dtype === 'float32');
  const floats = tensors.filter((_, at) => isFloat[at]);
  if (floats.length === 0) return;
  const at = (run: typeof mapped) =>
    tf.grads((...inputs: tf.Tensor[]) => {
      const rest = [...inputs];
      return scalar(run(...tensors.map((tensor, i) => (isFloat[i] ? rest.shift()! : tensor))));
    })(floats);
  const expectedGrads = at(looped);
  at(mapped).forEach((one, i) => {
    expectClose(one, expectedGrads[i]!);
  });
};

/** Compares `vmap` with a loop over the samples, values and gradients, for every row of a table. */
export const describeRules = (name: string, rows: readonly Row[]): void => {
  describeOnBackends(name, (backend) => {
    it.each(
      rows
        .filter(({ only }) => only === undefined || only.includes(backend))
        .map((row) => [row.name, row] as const),
    )('%s', (_, { draw, gradient }) => {
      const drawn = draw.chain((one) => fc.tuple(fc.constant(one), batching(one.args)));
      fc.assert(
        fc.property(drawn, ([one, how]) => {
          tf.tidy(() => {
            compare(one, how, gradient.includes(backend));
          });
        }),
        { numRuns: 10, seed: 1 },
      );
    });
  });
};
