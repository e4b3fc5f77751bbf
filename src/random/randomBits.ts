import { invalidArgument } from '../check/index.ts';
import { checkSingleKey, type Key, type Words } from './key.ts';
import { threefry } from './threefry.ts';

/** Samples per call of the hot functions, so that their words stay in the L1 cache. A power of two. */
const chunk = 1024;

/** Converts the word pairs of `count` samples (sample `i` is `pairs[2i] ^ pairs[2i + 1]`) to values from `out[at]` on. */
export type Fill<A> = (pairs: Int32Array, count: number, out: A, at: number) => void;

/**
 * Writes a key's first `size` samples to `out`, from `at` on. Sample `i` uses only the counter `i`, so it does not
 * depend on the size, and its 32 bits are those of `jax.random.bits`.
 */
export const fillDraws = <A>({ k0, k1 }: Words, fill: Fill<A>, out: A, at: number, size: number): void => {
  const pairs = new Int32Array(2 * Math.min(size, chunk));
  for (let start = 0; start < size; start += chunk) {
    const count = Math.min(chunk, size - start);
    threefry(k0, k1, Math.floor(start / 2 ** 32), start, count, pairs);
    fill(pairs, count, out, at + start);
  }
};

const fillBits: Fill<Uint32Array> = (pairs, count, out, at) => {
  for (let i = 0; i < count; i++) out[at + i] = pairs[2 * i]! ^ pairs[2 * i + 1]!;
};

/**
 * `n` random 32-bit integers, as plain numbers (tensors have no unsigned type). Equal to `jax.random.bits`.
 *
 * @throws Error if `key` is not a single key or `n` is negative or not an integer
 * @example
 * random.bits(random.key(10), 4); // [169096361, 1572511259, 2689743692, 2228103506]
 */
export const bits = (key: Key, n = 1): Uint32Array => {
  const words = checkSingleKey('random.bits: key', key);
  if (!Number.isSafeInteger(n) || n < 0) invalidArgument('random.bits: n', 'a non-negative integer', n);
  const out = new Uint32Array(n);
  fillDraws(words, fillBits, out, 0, n);
  return out;
};
