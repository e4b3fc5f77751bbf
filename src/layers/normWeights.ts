import type { PointMassParams } from '../distributions/index.ts';
import { deterministic } from './deterministic.ts';
import type { Slot, Variable } from './part.ts';
import { variable } from './variable.ts';

/** The ordinary weights of a normalization: `weight` multiplies its result, `bias` is added. */
export interface NormWeights {
  readonly weight: Slot<PointMassParams>;
  readonly bias: Slot<PointMassParams>;
}

/** The ordinary weight of a normalization without bias. */
export interface NormWeightsWithoutBias {
  readonly weight: Slot<PointMassParams>;
}

/** The variables of a normalization, which start as the identity. */
export interface NormSpec {
  readonly [name: string]: Variable<PointMassParams>;
}

const startingAt = (shape: readonly number[], initialMean: number): Variable<PointMassParams> =>
  deterministic(variable(shape, { initialMean }));

/**
 * The variables `weight` (ones) and `bias` (zeros), as far as a normalization has them.
 *
 * @example
 * normSpec([8], true, false); // { weight }
 */
export const normSpec = (shape: readonly number[], affine: boolean, bias: boolean): NormSpec => ({
  ...(affine ? { weight: startingAt(shape, 1) } : {}),
  ...(affine && bias ? { bias: startingAt(shape, 0) } : {}),
});
