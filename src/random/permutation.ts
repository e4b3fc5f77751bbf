import type { Tensor } from '@tensorflow/tfjs-core';
import { positiveInteger } from '../check/index.ts';
import { checkSingleKey, type Key } from './key.ts';
import { type Fill, fillDraws } from './randomBits.ts';
import { type Draw, sample } from './sample.ts';

/**
 * Fisher-Yates shuffle, one swap per sample, from `out[start]` on. Scaling 32 bits to one of `i + 1` indices biases
 * none by more than `(i + 1) / 2^32`.
 */
const swaps =
  (start: number): Fill<Int32Array> =>
  (pairs, count, out, at) => {
    for (let i = 0; i < count; i++) {
      const last = at + i - start;
      const draw = (pairs[2 * i]! ^ pairs[2 * i + 1]!) >>> 0;
      const other = start + Math.floor((draw / 2 ** 32) * (last + 1));
      const moved = out[other]!;
      out[other] = last;
      // The index itself is not filled yet; if it is the one sampled, it keeps `last`.
      if (other !== start + last) out[start + last] = moved;
    }
  };

const drawPermutation: Draw<Int32Array> = (words, out, at, size) =>
  fillDraws(words, swaps(at), out, at, size);

/**
 * The integers from 0 to `n - 1` in random order, as a plain array.
 *
 * @throws Error if `key` is not a single key or `n` not a positive integer
 * @example
 * permutationIndices(random.key(0), 5); // an Int32Array
 */
export const permutationIndices = (key: Key, n: number): Int32Array => {
  const words = checkSingleKey('random.permutation: key', key);
  const out = new Int32Array(positiveInteger('random.permutation: n', n));
  drawPermutation(words, out, 0, n);
  return out;
};

/**
 * An int32 tensor `[n]` of the integers from 0 to `n - 1` in random order, every order equally likely. The order
 * differs from that of `jax.random.permutation`.
 *
 * @throws Error if `key` is not a key or `n` not a positive integer
 * @example
 * const order = random.permutation(random.key(0), images.shape[0]);
 * const shuffled = tf.gather(images, order);
 */
export const permutation = (key: Key, n: number): Tensor =>
  sample('random.permutation', key, [positiveInteger('random.permutation: n', n)], {
    dtype: 'int32',
    draw: drawPermutation,
  });
