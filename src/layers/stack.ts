import type { Tensor } from '@tensorflow/tfjs-core';
import { layer } from './layer.ts';
import type { Forward, Layer } from './part.ts';

/** The weights of equal layers one on another, by number: `params['0']`. */
export interface StackWeights<W> {
  readonly [index: `${number}`]: W;
}

type Step = (x: Tensor, ...others: readonly unknown[]) => Tensor;

/**
 * Equal layers one after another, each with weights of its own: the output of one is the first argument of the
 * next, other arguments go to all.
 *
 * @example
 * stack(linear(8, 8), 3); // weights '0', '1' and '2'
 */
export const stack = <W, F extends Forward>(each: Layer<W, F>, count: number): Layer<StackWeights<W>, F> =>
  layer(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), each])),
    (parts) =>
      ((x: Tensor, ...others: readonly unknown[]) =>
        Object.values<unknown>(parts).reduce<Tensor>((h, step) => (step as Step)(h, ...others), x)) as never,
  ) as unknown as Layer<StackWeights<W>, F>;
