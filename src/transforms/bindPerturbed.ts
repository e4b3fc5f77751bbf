import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import type { Forward, Layer } from '../layers/index.ts';
import type { Estimator, PerturbedSite } from './estimator.ts';

/** A variable of an affine layer: its mean, and its draw with what the draw leaves behind. */
export interface DrawnVariable<T> {
  readonly name: string;
  readonly family: string;
  readonly symmetric: boolean;
  readonly mean: (() => tf.Tensor) | undefined;
  readonly draw: () => readonly [weight: unknown, terms: readonly T[]];
}

const meanOf = <T>(estimator: Estimator, { name, family, symmetric, mean }: DrawnVariable<T>): tf.Tensor =>
  symmetric && mean !== undefined
    ? mean()
    : misuse(
        `${estimator.name}: posterior of '${name}'`,
        'one with moments whose elements are independent and symmetric about their means (symmetric: true)',
        family,
      );

/**
 * Binds an affine layer for an estimator that draws its weights and does something else with them: the layer's
 * body, once on the means and once on the deviations of the draw from them, beside the terms of the draw.
 *
 * @throws Error, when run, naming a variable whose posterior is not symmetric
 * @example
 * const [forward, terms] = bindPerturbed(estimator, perturbed, linear(2, 1), variables, place)();
 */
export const bindPerturbed =
  <T>(
    estimator: Estimator,
    perturbed: NonNullable<Estimator['perturbed']>,
    layer: Layer<unknown, Forward>,
    variables: Readonly<Record<string, DrawnVariable<T>>>,
    place: Pick<PerturbedSite, 'name' | 'key'>,
  ): (() => [forward: unknown, terms: readonly T[]]) =>
  () => {
    const drawn = Object.entries(variables).map(([part, variable]) => {
      const mean = meanOf(estimator, variable);
      const [weight, terms] = variable.draw();
      return { part, mean, deviation: tf.sub(weight as tf.Tensor, mean), terms };
    });
    const bodyOn = (pick: (each: (typeof drawn)[number]) => tf.Tensor) =>
      layer.body(Object.fromEntries(drawn.map((each) => [each.part, pick(each)])) as never) as (
        x: tf.Tensor,
      ) => tf.Tensor;
    const forward = perturbed({
      ...place,
      featureRank: layer.featureRank ?? 1,
      mean: bodyOn(({ mean }) => mean),
      deviation: bodyOn(({ deviation }) => deviation),
    });
    return [forward, drawn.flatMap(({ terms }) => terms)];
  };
