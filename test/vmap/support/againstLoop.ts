import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { type Backend, describeOnBackends, kernels, runs } from '../../support/backends.ts';
import { readTogether } from '../../support/readTogether.ts';
import { type Argument, values } from './draw.ts';

export {
  type Argument,
  bool,
  broadcastable,
  float,
  int,
  pickAxis,
  pickShape,
  sizeOrNone,
  text,
  values,
} from './draw.ts';

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
  /** How many cases there are at least; fewer than the default of 12 for what is slow. */
  readonly runs?: number;
}

/** Whether all tensors have numbers: without, TensorFlow.js refuses most gradients. */
export const hasNumbers = ({ args }: Case): boolean => args.every(({ shape }) => !shape.includes(0));

export const everywhere: readonly Backend[] = ['cpu', 'wasm', 'webgpu'];
/** What tfjs's wasm backend lacks or has wrong, and this library leaves alone. */
export const notOnWasm: readonly Backend[] = ['cpu', 'webgpu'];
/** What tfjs's webgpu backend has no kernel for. */
export const notOnWebgpu: readonly Backend[] = ['cpu', 'wasm'];
/** Where every kernel has what training needs: on wasm those that tfjs lacks are ours. */
export const withOurs: readonly Backend[] = kernels ? everywhere : notOnWasm;
export const none: readonly Backend[] = [];

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
  readTogether([actual, expected]);
  const [a, e] = [actual.dataSync(), expected.dataSync()];
  const scale = Math.max(1, ...Array.from(e, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  const far = Array.from(a, (value, at) =>
    Object.is(value, e[at]) || value === e[at] ? 0 : Math.abs(value - e[at]!),
  ).filter(
    (difference, at) => !(difference <= tolerance * scale) && !(Number.isNaN(a[at]!) && Number.isNaN(e[at]!)),
  );
  expect(far, `${actual.toString()} is not close to ${expected.toString()}`).toEqual([]);
};

/** Compares tensors with others in the same order. */
export const expectAllClose = (
  actual: readonly tf.Tensor[],
  expected: readonly tf.Tensor[],
  tolerance = 1e-4,
): void => {
  expect(actual.length).toBe(expected.length);
  readTogether([...actual, ...expected]);
  actual.forEach((one, at) => {
    expectClose(one, expected[at]!, tolerance);
  });
};

/** What tfjs makes of tensors without numbers; `undefined` where it throws, as it often does, gradients above all. */
const unlessRefused = (f: () => tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] | undefined => {
  try {
    return list(f());
  } catch {
    return undefined;
  }
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

const batching = (args: readonly Argument[], which: readonly boolean[]): fc.Arbitrary<Batching> =>
  fc.record({
    size: fc.integer({ min: 1, max: 3 }),
    axes: fc.tuple(
      ...args.map(({ shape }, at) =>
        which[at] ? fc.integer({ min: -shape.length - 1, max: shape.length }) : fc.constant(null),
      ),
    ),
    seed: fc.integer({ min: 1, max: 100_000 }),
  });

/** The gradient of a random combination of a function's outputs, by each argument that is a float. */
const gradients =
  (f: F, args: readonly Argument[], seed: number): F =>
  (...given) => {
    const isFloat = args.map(({ dtype }) => dtype === 'float32');
    // Flat, for tfjs's wasm kernels multiply up to rank 6 only.
    const total = (...floats: tf.Tensor[]): tf.Tensor => {
      const rest = [...floats];
      const outputs = list(f(...given.map((tensor, at) => (isFloat[at] ? rest.shift()! : tensor))));
      return outputs
        .map((one, at) => {
          const direction = tf.randomUniform([one.size], -1, 1, 'float32', seed + at);
          return tf.sum(tf.mul(tf.reshape(one, [-1]), direction));
        })
        .reduce((sum, next) => tf.add(sum, next));
    };
    return tf.grads(total)(given.filter((_, at) => isFloat[at]));
  };

const compare = (
  { args, f, reference = f }: Case,
  { size, axes, seed }: Batching,
  gradient: boolean,
): void => {
  const front = axes.map((axis, at) =>
    axis === null || axis >= 0 ? axis : axis + args[at]!.shape.length + 1,
  );
  const batches = args.map(
    (argument, at): Argument => ({
      ...argument,
      shape: front[at] === null ? argument.shape : insert(argument.shape, front[at]!, size),
    }),
  );
  const tensors = batches.map((batch, at) => values(batch.shape, batch, seed + at));
  const mapped =
    (one: F): F =>
    (...inputs) =>
      vmap((...sample: tf.Tensor[]) => list(one(...sample)), { inAxes: axes })(...inputs);
  const looped =
    (one: F): F =>
    (...inputs) => {
      const sample = (index: number): readonly tf.Tensor[] =>
        inputs.map((input, at) =>
          front[at] === null ? input : sampleAt(input, front[at]!, index, args[at]!.shape),
        );
      const samples = Array.from({ length: size }, (_, index) => list(one(...sample(index))));
      return samples[0]!.map((_, at) => tf.stack(samples.map((outputs) => outputs[at]!)));
    };
  const isEmpty = args.some(({ shape }) => shape.includes(0));
  const pairs: (readonly [tf.Tensor, tf.Tensor])[] = [];
  const look = (ours: F, loops: F): void => {
    const expected = isEmpty ? unlessRefused(() => loops(...tensors)) : list(loops(...tensors));
    if (expected === undefined) return;
    const before = tf.memory().numTensors;
    const actual = list(ours(...tensors));
    expect(tf.memory().numTensors - before).toBe(expected.length);
    expect(actual.length).toBe(expected.length);
    pairs.push(...actual.map((one, at) => [one, expected[at]!] as const));
  };
  look(mapped(f), looped(reference));
  if (gradient && args.some(({ dtype }) => dtype === 'float32')) {
    look(gradients(mapped(f), batches, seed), gradients(looped(reference), batches, seed));
    look(mapped(gradients(f, args, seed)), looped(gradients(reference, args, seed)));
  }
  expectAllClose(
    pairs.map(([one]) => one),
    pairs.map(([, other]) => other),
  );
};

/** TensorFlow.js's webgpu backend cannot bind a tensor without numbers to the programs of a convolution. */
const convolves = (name: string): boolean => /conv/i.test(name);

/** Which arguments are batched: on a GPU made of software, which takes long to compile, each alone and all together. */
const masksOn = (backend: Backend, count: number): readonly (readonly boolean[])[] =>
  backend === 'webgpu'
    ? choices(count).filter((mask) => [1, count].includes(mask.filter(Boolean).length))
    : choices(count);

/** How many cases there are for each choice of batched arguments. */
const countDraws = (backend: Backend, atLeast: number, choices: number): number =>
  backend === 'webgpu' ? 1 : Math.ceil(runs(atLeast) / Math.min(choices, 4));

/** Compares `vmap` with a loop over the samples, values and gradients, for every row of a table. */
export const describeRules = (name: string, rows: readonly Row[]): void => {
  describeOnBackends(name, (backend) => {
    it.each(
      rows
        .filter(({ only }) => only === undefined || only.includes(backend))
        .map((row) => [row.name, row] as const),
    )('%s', (name, { draw, gradient, runs: atLeast = 12 }) => {
      const [{ args }] = fc.sample(draw, { numRuns: 1, seed: 1 }) as [Case];
      const masks = masksOn(backend, args.length);
      masks.forEach((which) => {
        const drawn = draw.chain((one) => fc.tuple(fc.constant(one), batching(one.args, which)));
        fc.assert(
          fc.property(drawn, ([one, how]) => {
            if (backend === 'webgpu' && convolves(name) && !hasNumbers(one)) return;
            tf.tidy(() => {
              compare(one, how, gradient.includes(backend));
            });
          }),
          { numRuns: countDraws(backend, atLeast, masks.length), seed: 1 },
        );
      });
    });
  });
};
