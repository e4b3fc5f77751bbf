import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../support/backends.ts';
import { valuesOfEach } from '../../support/numbers.ts';
import type { Argument, Case } from '../../vmap/support/againstLoop.ts';

type Numbers = readonly number[];

/** A drawn case with the numbers of its arguments and the weights of its outputs. */
export interface Sample extends Case {
  readonly given: readonly Numbers[];
  readonly seed: number;
}

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export const uniforms = (seed: number, count: number): Numbers =>
  Array.from({ length: count }, (_, at) => {
    let t = Math.imul(seed, 0x85ebca6b) + Math.imul(at + 1, 0x6d2b79f5);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  });

const drawn = ({ shape, low, high, dtype }: Argument, seed: number): Numbers =>
  uniforms(seed, tf.util.sizeFromShape([...shape])).map((u) =>
    dtype === 'float32' ? Math.fround(low + (high - low) * u) : Math.floor(low + (high - low) * u),
  );

/** A case with numbers drawn from a seed. */
export const takeSample = (one: Case, seed: number): Sample => ({
  ...one,
  seed,
  given: one.args.map((arg, at) => drawn(arg, seed + 7919 * at)),
});

const list = (output: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] =>
  output instanceof tf.Tensor ? [output] : output;

const toTensor = ({ shape, dtype }: Argument, numbers: Numbers): tf.Tensor =>
  tf.tensor([...numbers], [...shape], dtype);

const drawWeights = (seed: number, at: number, size: number): Numbers =>
  uniforms(seed + 104_729 * (at + 1), size).map((u) => 2 * u - 1);

/** Whether an argument can be differentiated. */
const isFloat = ({ dtype }: Argument): boolean => dtype === 'float32';

/** Makes a backend that has started the current one. */
export const use = (backend: Backend): void => void tf.setBackend(backend);

/** The weighted sum of the outputs, in doubles. */
const valueAt = ({ args, f, reference = f, seed }: Sample, given: readonly Numbers[]): number =>
  tf.tidy(() => {
    const outputs = list(reference(...args.map((arg, at) => toTensor(arg, given[at]!))));
    return outputs.reduce((total, output, at) => {
      const weights = drawWeights(seed, at, output.size);
      return Array.from(output.dataSync()).reduce((sum, value, k) => sum + value * weights[k]!, total);
    }, 0);
  });

/** A difference quotient, null where the function has a kink or too strong a bend, or nothing where none was asked for. */
export type Difference = number | null | undefined;

const step = 2 ** -7;

/** How far what should agree may be apart, beside the rounding of float32: a smooth function's bend over a step. */
const bend = 1e-3;

/** The difference quotient of a function of one number, from its value there and four others. */
const quotient = (f: (x: number) => number, x: number, middle: number): Difference => {
  const over = (h: number): { readonly slope: number; readonly kink: number } => {
    const [up, down] = [Math.fround(x + h), Math.fround(x - h)];
    const [forward, backward] = [(f(up) - middle) / (up - x), (middle - f(down)) / (x - down)];
    return { slope: (forward + backward) / 2, kink: forward - backward };
  };
  const [near, far] = [over(step), over(2 * step)];
  const allowed = bend * Math.max(1, Math.abs(near.slope));
  // The slopes of a smooth function agree, and its change of slope doubles with the step; that of a kink does not.
  const isSmooth =
    Math.abs(near.slope - far.slope) <= allowed && Math.abs(far.kink - 2 * near.kink) <= allowed;
  return isSmooth ? (4 * near.slope - far.slope) / 3 : null;
};

/**
 * Central differences on cpu, whose kernels are those of reference, by the numbers of each float argument; of a large one
 * by `most` of them that lie apart.
 */
export const differences = (sample: Sample, most: number): readonly (readonly Difference[])[] => {
  const before = tf.getBackend() as Backend;
  use('cpu');
  try {
    const { given, args } = sample;
    const middle = valueAt(sample, given);
    return given.flatMap((numbers, arg) =>
      isFloat(args[arg]!)
        ? [
            numbers.map((x, k) => {
              const every = Math.ceil(numbers.length / most);
              if ((k + sample.seed) % every !== 0) return undefined;
              return quotient(
                (moved) => {
                  const other = numbers.map((number, i) => (i === k ? moved : number));
                  return valueAt(
                    sample,
                    given.map((one, i) => (i === arg ? other : one)),
                  );
                },
                x,
                middle,
              );
            }),
          ]
        : [],
    );
  } finally {
    use(before);
  }
};

/** The gradients by each float argument on the current backend. */
export const gradients = ({ args, f, given, seed }: Sample): readonly Numbers[] => {
  const made = tf.tidy(() => {
    const tensors = args.map((arg, at) => toTensor(arg, given[at]!));
    const total = (...floats: tf.Tensor[]): tf.Tensor => {
      const rest = [...floats];
      const outputs = list(f(...tensors.map((x, at) => (isFloat(args[at]!) ? rest.shift()! : x))));
      return outputs
        .map((output, at) => {
          const weights = tf.tensor1d([...drawWeights(seed, at, output.size)]);
          return tf.sum(tf.mul(tf.cast(tf.reshape(output, [-1]), 'float32'), weights));
        })
        .reduce((sum, next) => tf.add(sum, next));
    };
    return tf.grads(total)(tensors.filter((_, at) => isFloat(args[at]!)));
  });
  const numbers = valuesOfEach(made);
  tf.dispose(made);
  return numbers;
};

/** Which gradients are not those of central differences. */
export const far = (
  actual: readonly Numbers[],
  wanted: readonly (readonly Difference[])[],
  tolerance = 2e-3,
): readonly string[] =>
  wanted.flatMap((quotients, arg) =>
    quotients.flatMap((quotient, at) => {
      const value = actual[arg]![at]!;
      return quotient === null ||
        quotient === undefined ||
        Math.abs(value - quotient) <= tolerance * Math.max(1, Math.abs(quotient))
        ? []
        : [`by argument ${arg}, number ${at}: ${value}, not ${quotient}`];
    }),
  );
