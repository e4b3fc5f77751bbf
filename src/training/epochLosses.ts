import type { Reading } from './lossReader.ts';
import { batchRows } from './plan.ts';
import type { Values } from './progress.ts';

/** The losses of an epoch, which may be read later than their step. */
export interface EpochLosses {
  /** Notes the rows of the next batch. */
  readonly batch: (batch: unknown) => void;
  /** Adds the numbers of a step whose batch has been noted. */
  readonly add: (reading: Reading) => void;
  /** The mean of each part over the rows. */
  readonly mean: () => Values;
}

/**
 * The mean of each part of the loss over the rows of an epoch. Batches of the same size all weigh 1.
 *
 * @param firstStep the steps that were made before the epoch, or before the part of it that is left
 * @example
 * const { batch, add, mean } = epochLosses(0);
 * batch({ targets: tf.ones([4, 1]) });
 * add({ step: 1, values: { loss: 2 } });
 * mean(); // { loss: 2 }
 */
export const epochLosses = (firstStep: number): EpochLosses => {
  const rows: number[] = [];
  let [sum, total]: [Values, number] = [{}, 0];
  return {
    batch: (batch) => void rows.push(batchRows(batch)),
    add: ({ step, values }) => {
      const weight = rows[step - firstStep - 1]! / rows[0]!;
      sum = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, (sum[name] ?? 0) + weight * value]),
      );
      total += weight;
    },
    mean: () => Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / total])),
  };
};
