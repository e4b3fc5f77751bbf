import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { resolve, strip, withPromotions, wrap } from './promote.ts';
import type { Hooks, Promotion, VmapState } from './state.ts';
import { levelOf } from './tracer.ts';

const sameAs =
  (a: Tensor) =>
  (b: Tensor): boolean =>
    a.id === b.id && levelOf(a) === levelOf(b);

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
    const physicalOf = (tensor: Tensor): Tensor => {
      const resolved = resolve(state)(tensor);
      return withPromotions(state, [], () => strip(resolved, frames));
    };
    // The backward pass starts from dy, so it must not be a promoted tensor.
    const ownCopy = (tensor: Tensor): Tensor => withPromotions(state, [], () => clone(tensor));
    const xs = given.map(resolve(state));
    const distinct = xs.filter((x, at) => xs.findIndex(sameAs(x)) === at);
    const physical = distinct.map(physicalOf);
    const promotions: readonly Promotion[] = distinct.flatMap((x, at) =>
      physical[at]!.id === x.id ? [] : [{ id: x.id, level: levelOf(x), tensor: wrap(physical[at]!, frames) }],
    );
    const { value, grads } = original(
      () => withPromotions(state, [...state.promotions, ...promotions], () => physicalOf(f())),
      xs.map((x) => physical[distinct.findIndex(sameAs(x))]!),
      dy ? ownCopy(physicalOf(dy)) : dy,
      allowNoGradients,
    );
    return { value: wrap(value, frames), grads: grads.map((grad) => (grad ? wrap(grad, frames) : grad)) };
  };
