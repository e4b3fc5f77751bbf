import type { PointMassParams } from '../distributions/index.ts';
import { ordinary } from './deterministic.ts';
import type { Slot, Variable, VariableOptions } from './part.ts';
import { named } from './variable.ts';

/** The ordinary weights of a normalization: `weight` multiplies its result, `bias` is added. */
export interface NormWeights {
  readonly weight: Slot<PointMassParams>;
  readonly bias: Slot<PointMassParams>;
}

/** Options of a normalization's variables by name. */
export interface NormVariables {
  /** Options of the weight alone: with a posterior it is no longer an ordinary one. */
  readonly weight?: VariableOptions;
  /** Whether a bias is added, where there is a weight; default true. Or options of the bias alone. */
  readonly bias?: boolean | VariableOptions;
}

/**
 * The variables `weight` (ones) and `bias` (zeros), as far as a normalization has them.
 *
 * @example
 * normSpec('layerNorm', [8], true, { bias: false }); // { weight }
 */
export const normSpec = (
  fn: string,
  shape: readonly number[],
  affine: boolean,
  { weight, bias = true }: NormVariables,
): Readonly<Record<string, Variable<unknown>>> => ({
  ...(affine && { weight: named(fn, 'weight', shape, weight, { ...ordinary, initialMean: 1 }) }),
  ...(affine &&
    bias !== false && {
      bias: named(fn, 'bias', shape, bias === true ? undefined : bias, { ...ordinary, initialMean: 0 }),
    }),
});
