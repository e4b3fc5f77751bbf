import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { resolve, strip, withPromotions, wrap } from './promote.ts';
import type { Hooks, Promotion, VmapState } from './state.ts';
import { traceLevel } from './tracer.ts';

const sameAs =
  (a: Tensor) =>
  (b: Tensor): boolean =>
    a.id === b.id && traceLevel(a) === traceLevel(b);

/**
 * The engine's `gradients` while a `vmap` runs. Every differentiated tensor gets the batch axes of all running
 * `vmap`s, so that each sample has its own gradient even for a shared tensor; the tape then sees only physical
 * tensors. The function passed to `tf.grad` closes over the original tensor, hence the promotions: while `f` runs,
 * that tensor is replaced by its batched version.
 */
export const gradientsHook =
  (original: Hooks['gradients'], state: VmapState): Hooks['gradients'] =>
  (f, given, dy, allowNoGradients) => {
    const frames = state.frames;
    const toPhysical = (tensor: Tensor): Tensor => {
      const resolved = resolve(state)(tensor);
      return withPromotions(state, [], () => strip(resolved, frames));
    };
    // The backward pass starts from dy, so it must not be a promoted tensor.
    const ownCopy = (tensor: Tensor): Tensor => withPromotions(state, [], () => clone(tensor));
    const xs = given.map(resolve(state));
    const distinct = xs.filter((x, at) => xs.findIndex(sameAs(x)) === at);
    const physical = distinct.map(toPhysical);
    const promotions: readonly Promotion[] = distinct.flatMap((x, at) =>
      physical[at]!.id === x.id
        ? []
        : [{ id: x.id, level: traceLevel(x), tensor: wrap(physical[at]!, frames) }],
    );
    const { value, grads } = original(
      () => withPromotions(state, [...state.promotions, ...promotions], () => toPhysical(f())),
      xs.map((x) => physical[distinct.findIndex(sameAs(x))]!),
      dy ? ownCopy(toPhysical(dy)) : dy,
      allowNoGradients,
    );
    return { value: wrap(value, frames), grads: grads.map((grad) => (grad ? wrap(grad, frames) : grad)) };
  };
