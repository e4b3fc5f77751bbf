import { Readable } from 'node:stream';
import type * as tf from '@tensorflow/tfjs-core';
import * as data from '@tensorflow/tfjs-data';
import { describe, expectTypeOf, it } from 'vitest';
import {
  augment,
  type Batches,
  batches,
  type Predictive,
  type random,
  type Source,
  split,
  standardize,
  stream,
} from '../../src/index.ts';

declare const x: tf.Tensor;
declare const key: random.Key;

interface Pair {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

describe('stream', () => {
  it('has batches of the type of its own', () => {
    expectTypeOf(stream(() => [{ inputs: x, targets: x }], { rows: 4 })).toEqualTypeOf<
      Source<{ inputs: tf.Tensor; targets: tf.Tensor }>
    >();
    const generated = stream(
      async function* () {
        yield { inputs: [x, { mask: x }] as const, targets: x };
      },
      { rows: 4, prefetch: 0 },
    );
    expectTypeOf<ReturnType<typeof generated.epoch>>().not.toBeAny();
    // @ts-expect-error rows are required
    stream(() => [], {});
    // @ts-expect-error nothing to read
    stream(() => 5, { rows: 1 });
    // @ts-expect-error an unknown option
    stream(() => [], { rows: 1, batch: 3 });
  });

  it('has a tensor for each number, list of numbers, typed array or tensor of a row', () => {
    const row = {
      inputs: [[1, 2], { pixels: new Uint8Array(3), flag: true, deep: [[1]], x }] as const,
      targets: 3,
    };
    expectTypeOf(stream(() => [row], { rows: 4, size: 2 })).toEqualTypeOf<
      Source<{
        readonly inputs: readonly [
          tf.Tensor,
          {
            readonly pixels: tf.Tensor;
            readonly flag: tf.Tensor;
            readonly deep: tf.Tensor;
            readonly x: tf.Tensor;
          },
        ];
        readonly targets: tf.Tensor;
      }>
    >();
  });

  it('reads web streams, datasets of tf.data, and Node streams of a type that is given', () => {
    interface Row {
      readonly inputs: number[];
      readonly targets: number;
    }
    type Rows = Source<{ readonly inputs: tf.Tensor; readonly targets: tf.Tensor }>;
    const options = { rows: 4, size: 2 };
    expectTypeOf(stream(() => new ReadableStream<Row>(), options)).toEqualTypeOf<Rows>();
    expectTypeOf(stream<Row>(() => Readable.from([]), options)).toEqualTypeOf<Rows>();
    expectTypeOf(stream(async () => data.array([{ inputs: [1], targets: 2 }]), options)).toEqualTypeOf<
      Source<{ readonly inputs: tf.Tensor; readonly targets: tf.Tensor }>
    >();
  });
});

describe('augment', () => {
  it('keeps what is known of a source', () => {
    const noisy = augment((_: random.Key, { inputs, targets }: Pair) => ({ inputs, labels: targets }));
    type Named = { inputs: tf.Tensor; labels: tf.Tensor };
    expectTypeOf(noisy(batches({ inputs: x, targets: x }, { size: 2 }))).toEqualTypeOf<Batches<Named>>();
    expectTypeOf(noisy(stream((): Pair[] => [], { rows: 2 }))).toEqualTypeOf<Source<Named>>();
    // @ts-expect-error batches of something else
    noisy(stream(() => [{ other: x }], { rows: 2 }));
  });
});

describe('split', () => {
  it('has parts of the names of the shares, of the type of the data', () => {
    const parts = split({ inputs: x, targets: x }, { train: 0.8, test: 0.2 }, key);
    expectTypeOf(parts).toEqualTypeOf<{
      readonly train: { inputs: tf.Tensor; targets: tf.Tensor };
      readonly test: { inputs: tf.Tensor; targets: tf.Tensor };
    }>();
    expectTypeOf(split([{ name: 'a' }], { all: 1 }, key).all).toEqualTypeOf<{ name: string }[]>();
    // @ts-expect-error no such part
    parts.validation;
    // @ts-expect-error shares are numbers
    split([1], { train: '0.8' }, key);
  });
});

describe('standardize', () => {
  it('gives tensors for tensors, and a prediction with the same parts for a prediction', () => {
    const { apply, invert, mean } = standardize(x);
    expectTypeOf(mean).toEqualTypeOf<readonly number[]>();
    expectTypeOf(apply(x)).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(invert(x)).toEqualTypeOf<tf.Tensor>();
    const prediction = {} as Predictive;
    expectTypeOf(invert(prediction)).toEqualTypeOf<Predictive>();
    const more = { ...prediction, quantiles: x };
    expectTypeOf(invert(more).quantiles).toEqualTypeOf<tf.Tensor>();
    standardize({ mean: [1], std: [2] });
    // @ts-expect-error no deviation
    standardize({ mean: [1] });
    // @ts-expect-error not a prediction
    invert({ mean: x });
  });
});
