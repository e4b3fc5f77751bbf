import type { Tensor } from '@tensorflow/tfjs-core';
import type { Hooks } from './hooks.ts';
import { resolve, strip, wrap } from './promote.ts';
import type { Promotion, VmapState } from './state.ts';
import { levelOf } from './tracer.ts';

const sameAs =
  (a: Tensor) =>
  (b: Tensor): boolean =>
    a.id === b.id && levelOf(a) === levelOf(b);

/**
 * The engine's `gradients` while a `vmap` runs. Every tensor that is differentiated gets the batch axes of
 * all running `vmap`s, so that each sample has a gradient of its own even for a tensor they share; the tape
 * then sees physical tensors only. `tf.grad` and its kin close over the tensor they were given, hence the
 * promotions: while `f` runs, that tensor stands for its batched self.
 */
export const gradientsHook =
  (original: Hooks['gradients'], state: VmapState): Hooks['gradients'] =>
  (f, given, dy, allowNoGradients) => {
    const frames = state.frames;
    const xs = given.map(resolve(state));
    const distinct = xs.filter((x, at) => xs.findIndex(sameAs(x)) === at);
    const physical = distinct.map((x) => strip(x, frames));
    const promotions: readonly Promotion[] = distinct.flatMap((x, at) =>
      physical[at]!.id === x.id ? [] : [{ id: x.id, level: levelOf(x), tensor: wrap(physical[at]!, frames) }],
    );
    const forward = (): Tensor => {
      const before = state.promotions;
      state.promotions = [...before, ...promotions];
      try {
        return strip(resolve(state)(f()), frames);
      } finally {
        state.promotions = before;
      }
    };
    const { value, grads } = original(
      forward,
      xs.map((x) => physical[distinct.findIndex(sameAs(x))]!),
      dy ? strip(resolve(state)(dy), frames) : dy,
      allowNoGradients,
    );
    return { value: wrap(value, frames), grads: grads.map((grad) => (grad ? wrap(grad, frames) : grad)) };
  };
