import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** Numbers of a tensor, which any backend can be given. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** An argument of all samples: which levels of `vmap` it is mapped at, outermost first, and its numbers. */
export interface Argument {
  readonly mapped: readonly boolean[];
  /** The shape of one sample. */
  readonly shape: readonly number[];
  readonly all: Numbers;
}

/** What one argument of a case may be: for indices the range that is right, out of which some are drawn. */
export interface Wanted {
  readonly shape: readonly number[];
  readonly count?: number;
}

const countElements = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

const numbers = ({ count }: Wanted, length: number, within: boolean): fc.Arbitrary<readonly number[]> => {
  const one: fc.Arbitrary<number> =
    count === undefined
      ? fc.integer({ min: -20, max: 20 }).map((value) => value / 4)
      : within
        ? fc.integer({ min: 0, max: count - 1 })
        : fc.integer({ min: -2, max: count + 1 });
  return fc.array(one, { minLength: length, maxLength: length });
};

/** An argument, mapped over some of the levels, with numbers for all samples. */
export const argument = (wanted: Wanted, sizes: readonly number[], within: boolean): fc.Arbitrary<Argument> =>
  fc.array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length }).chain((mapped) => {
    const shape = [...sizes.filter((_, level) => mapped[level]), ...wanted.shape];
    const dtype = wanted.count === undefined ? 'float32' : 'int32';
    return numbers(wanted, countElements(shape), within).map((values) => ({
      mapped,
      shape: wanted.shape,
      all: { shape, values, dtype },
    }));
  });

export const toTensor = ({ values, shape, dtype }: Numbers): tf.Tensor =>
  tf.tensor([...values], [...shape], dtype);

/** Every sample, by its number at each level. */
export const listSamples = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((one) => Array.from({ length: size }, (_, at) => [...one, at])),
    [[]],
  );

/** Where the numbers of a sample begin among those of all. */
export const sampleStart = (
  { mapped, shape }: Argument,
  sizes: readonly number[],
  sample: readonly number[],
): number =>
  sizes.reduce((at, size, level) => (mapped[level] ? at * size + sample[level]! : at), 0) *
  countElements(shape);

/** The numbers of one sample. */
export const takeSample = (given: Argument, sizes: readonly number[], sample: readonly number[]): Numbers => {
  const start = sampleStart(given, sizes, sample);
  const values = given.all.values.slice(start, start + countElements(given.shape));
  return { shape: given.shape, values, dtype: given.all.dtype };
};
