import type { Tensor } from '@tensorflow/tfjs-core';
import { unstackBatch } from '../vmap/batchable.ts';
import { isBatched } from '../vmap/promote.ts';
import { batchTracer, tracedBatch } from '../vmap/tracer.ts';
import { isKeyBatch, type Key, keyContent, type Words } from './key.ts';

interface BatchAxis {
  readonly level: number;
  readonly size: number;
}

/** The batch axes of a key, outermost `vmap` first. */
const batchAxes = (key: Key): readonly BatchAxis[] => {
  const inner = keyContent(key);
  if (!isKeyBatch(inner)) return [];
  const deeper = inner.keys.flatMap(batchAxes).filter(({ level }) => level !== inner.level);
  return [{ level: inner.level, size: inner.keys.length }, ...deeper]
    .filter(({ level }, at, all) => all.findIndex((other) => other.level === level) === at)
    .sort((a, b) => a.level - b.level);
};

/** The words of all keys in a batch, in the order of the axes; a key that lacks an axis is repeated along it. */
const wordsAlong = (axes: readonly BatchAxis[], key: Key): readonly Words[] => {
  const [first, ...rest] = axes;
  if (first === undefined) return [keyContent(key) as Words];
  const keys = key[unstackBatch](first.level, first.size) as readonly Key[];
  return keys.flatMap((item) => wordsAlong(rest, item));
};

/** All keys that one key stands for. */
export interface Keys {
  /** The size of each batch axis, outermost `vmap` first; empty for a single key. */
  readonly sizes: readonly number[];
  /** The words of each key, in the order of the axes. */
  readonly words: readonly Words[];
  /** Lifts a tensor computed for all keys, `[...sizes, ...shape]`, to a tensor of `shape` in all these `vmap`s. */
  readonly lifted: (physical: Tensor) => Tensor;
  /**
   * The inverse for a tensor of these `vmap`s, if there is at most one, or the tensor itself if it is not batched; `undefined`
   * for a tensor of other ones.
   */
  readonly unlifted: (tensor: Tensor) => Tensor | undefined;
}

/**
 * The keys that one key stands for.
 *
 * @example
 * batchedKeys(random.key(3)).words; // [{ k0: 0, k1: 3 }]
 */
export const batchedKeys = (key: Key): Keys => {
  const axes = batchAxes(key);
  const unlifted = (tensor: Tensor): Tensor | undefined => {
    const batch = tracedBatch(tensor);
    if (batch === undefined) return isBatched(tensor) ? undefined : tensor;
    const alone = axes.length === 1 && axes[0]!.level === batch.level && !isBatched(batch.physical);
    return alone ? batch.physical : undefined;
  };
  return {
    sizes: axes.map(({ size }) => size),
    words: wordsAlong(axes, key),
    lifted: (physical) => axes.reduce((inner, { level }) => batchTracer(inner, level), physical),
    unlifted,
  };
};
