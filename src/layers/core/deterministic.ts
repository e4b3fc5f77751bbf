import { invalidArgument } from '../../check/index.ts';
import { flat, type PointMassParams, pointMass } from '../../distributions/index.ts';
import { mapVariables } from './mapVariables.ts';
import type { Forward, Layer, Slot, StatisticSlot, Variable } from './part.ts';
import { asVariable, partTag } from './variable.ts';

/** A weight tree in which every variable is an ordinary weight. */
export type Deterministic<W> = {
  readonly [K in keyof W]: W[K] extends StatisticSlot
    ? W[K]
    : W[K] extends Slot<unknown>
      ? Slot<PointMassParams>
      : Deterministic<W[K]>;
};

/** Options that make a variable an ordinary weight. */
export const ordinary = { posterior: pointMass(), prior: flat(), priorInitialization: false };

const asOrdinary = ({ shape, options }: Variable<unknown>): Variable<PointMassParams> => ({
  _tag: 'Variable',
  shape,
  options: { ...options, ...ordinary },
});

const allOrdinary = mapVariables<undefined>(asOrdinary, () => () => undefined);

/**
 * Ordinary weights inside a Bayesian network: a variable, or every variable of a layer, becomes a point mass without
 * a prior term.
 *
 * @throws Error if the part is `randomKey`, a statistic or not a valid part of a layer
 * @example
 * const norm = layer(
 *   { scale: deterministic([8]) },
 *   ({ scale }) => (x: tf.Tensor) => tf.mul(x, scale),
 * );
 * const net = sequential(deterministic(linear(784, 64)), tf.relu, linear(64, 10));
 */
export function deterministic(part: readonly number[] | Variable<unknown>): Variable<PointMassParams>;
export function deterministic<W, F extends Forward>(part: Layer<W, F>): Layer<Deterministic<W>, F>;
export function deterministic(
  part: readonly number[] | Variable<unknown> | Layer<unknown, Forward>,
): Variable<PointMassParams> | Layer<unknown, Forward> {
  const kind = partTag('deterministic: part', part);
  if (kind === 'RandomKey' || kind === 'Statistic')
    return invalidArgument('deterministic: part', 'a shape, a variable or a layer', part);
  return kind === 'Layer'
    ? allOrdinary(part as Layer<unknown, Forward>, undefined)
    : asOrdinary(asVariable(part as readonly number[] | Variable<unknown>));
}
