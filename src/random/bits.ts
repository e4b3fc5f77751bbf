import { misuse } from '../check/index.ts';
import { checkSingleKey, type Key } from './key.ts';
import { type Fill, fillDraws } from './words.ts';

const fillBits: Fill<Uint32Array> = (pairs, count, out, at) => {
  for (let i = 0; i < count; i++) out[at + i] = pairs[2 * i]! ^ pairs[2 * i + 1]!;
};

/**
 * `n` random 32-bit integers, as plain numbers (tensors have no unsigned type). They are those of
 * `jax.random.bits`.
 *
 * @throws Error if `key` is not a single key or `n` is negative or not an integer
 * @example
 * random.bits(random.key(10), 4); // [169096361, 1572511259, 2689743692, 2228103506]
 */
export const bits = (key: Key, n = 1): Uint32Array => {
  const words = checkSingleKey('random.bits: key', key);
  if (!Number.isSafeInteger(n) || n < 0) misuse('random.bits: n', 'a non-negative integer', n);
  const out = new Uint32Array(n);
  fillDraws(words, fillBits, out, 0, n);
  return out;
};
