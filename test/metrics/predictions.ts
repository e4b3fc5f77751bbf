import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** Rows of float32 class probabilities and their labels. */
export interface Predictions {
  readonly probabilities: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Weights from a few values only, so that ties and zeros come up. */
const weight = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0.001, max: 1, noNaN: true }));

const row = (classes: number): fc.Arbitrary<readonly number[]> =>
  fc
    .array(weight, { minLength: classes, maxLength: classes })
    .filter((weights) => weights.some((w) => w > 0))
    .map((weights) => {
      const total = weights.reduce((sum, w) => sum + w, 0);
      return weights.map((w) => Math.fround(w / total));
    });

export const predictions: fc.Arbitrary<Predictions> = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 40 }))
  .chain(([classes, rows]) =>
    fc.record({
      probabilities: fc.array(row(classes), { minLength: rows, maxLength: rows }),
      labels: fc.array(fc.integer({ min: 0, max: classes - 1 }), { minLength: rows, maxLength: rows }),
    }),
  );

export const toTensors = ({ probabilities, labels }: Predictions): readonly [tf.Tensor2D, tf.Tensor1D] => [
  tf.tensor2d(probabilities.map((each) => [...each])),
  tf.tensor1d([...labels], 'int32'),
];

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** The first class of the greatest probability. */
export const predicted = (row: readonly number[]): number => row.indexOf(Math.max(...row));
