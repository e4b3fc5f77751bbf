import * as tf from '@tensorflow/tfjs-core';
import type { Forward } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import type { Model } from '../transforms/index.ts';
import { withEstimator } from '../transforms/model.ts';
import { leaves, map } from '../tree/index.ts';
import { heldBytes } from '../tree/tidied.ts';

/** The memory for samples that are computed at once, if nothing else is asked for. */
export const DEFAULT_MEMORY = '256 MB';

/** How many samples are computed at once if a run on few rows says nothing. */
const DEFAULT_DRAWS = 10;

/** The largest number of output elements computed at once: 64 MB. */
const MAX_OUTPUTS = 2 ** 24;

/** How many samples and rows are computed at once. */
export interface Group {
  readonly draws: number;
  readonly rows: number;
}

/** What a group is chosen for. */
export interface Choice<P, F extends Forward> {
  readonly model: Model<P, F>;
  readonly params: P;
  readonly key: Key;
  /** The inputs with so many rows. */
  readonly some: (count: number) => Parameters<F>;
  /** The number of samples. */
  readonly samples: number;
  /** The largest group. */
  readonly most: Group;
  /** The memory that a group may take. */
  readonly bytes: number;
  /** Whether the outputs of all samples are held. */
  readonly isHeld: boolean;
  /** Whether the rows may be cut. */
  readonly cutsRows: boolean;
}

/** What one sample needs: output elements for each row, and bytes for each row and besides. */
interface Need {
  readonly outputs: number;
  readonly row: number;
  readonly fixed: number;
}

/** What one sample needs, from runs with weights of 0; `undefined` if they throw, as the run on all rows will, with its reason. */
const sampleNeed = <P, F extends Forward>({
  model,
  params,
  key,
  some,
  most,
  bytes,
}: Choice<P, F>): Need | undefined => {
  // Of an ensemble, each sample is that of one member.
  const member = model.ensemble?.member;
  const firstOf = (all: P): P => map((x) => tf.reshape(tf.slice(x, 0, 1), x.shape.slice(1)))(all) as P;
  const zeros = withEstimator('predict: model', member ?? model, {
    name: 'predict',
    handler: () => ({ weight: ({ shape }) => tf.fill([...shape], 0), key: () => null }),
  });
  const run = (count: number): { readonly held: number; readonly outputs: number } => {
    const state = { outputs: 0 };
    const held = tf.tidy(() => {
      const inputs = some(count);
      const own = member === undefined ? params : firstOf(params);
      return heldBytes(() => {
        for (const { size } of leaves(zeros.apply(own, key, ...inputs))) state.outputs += size;
      });
    });
    return { held, ...state };
  };
  try {
    const one = run(1);
    // Two rows tell what is for a row from what is for a sample, such as its weights.
    const two = most.rows > 1 && Number.isFinite(bytes) ? run(2) : one;
    const row = Math.max(0, two.held - one.held);
    return { outputs: Math.max(one.outputs, 1), row, fixed: Math.max(0, one.held - row) };
  } catch {
    return undefined;
  }
};

const between = (low: number, high: number, value: number): number =>
  Math.max(low, Math.min(high, Math.floor(value)));

/**
 * The largest group within the limits of memory and of outputs: with fewer samples than `most`, and only then with fewer rows.
 *
 * @example
 * sampleGroup({ model, params, key, samples: 100, most: { draws: 100, rows: 1000 }, bytes: 256e6, ... }); // { draws: 14, rows: 1000 }
 */
export const sampleGroup = <P, F extends Forward>(choice: Choice<P, F>): Group => {
  const { samples, most, bytes, isHeld, cutsRows } = choice;
  const need = sampleNeed(choice);
  if (need === undefined) return { ...most, draws: Math.min(most.draws, DEFAULT_DRAWS) };
  const { outputs, row, fixed } = need;
  const together = isHeld ? samples : 1;
  const free = cutsRows ? between(1, most.rows, MAX_OUTPUTS / (outputs * together)) : most.rows;
  const draws = Math.min(
    between(1, most.draws, MAX_OUTPUTS / (free * outputs)),
    between(1, most.draws, bytes / (fixed + row * free)),
  );
  const rows = row === 0 || !cutsRows ? free : between(1, free, (bytes / draws - fixed) / row);
  return { draws, rows };
};
