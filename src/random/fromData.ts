import { misuse } from '../check/index.ts';
import { type Key, keyOf } from './key.ts';
import type { KeyData } from './keyData.ts';

const isWord = (value: unknown): boolean => Number.isInteger(value) && (value as number) >>> 0 === value;

/**
 * The key of which `random.keyData` gave the data, bit for bit: it draws the same numbers. As in
 * `jax.random.wrap_key_data`, any two words are a key.
 *
 * @throws Error if `data` is not a list of two integers from 0 to 2^32 - 1
 * @example
 * const [weights, noise] = random.split(random.key(0));
 * const sent: random.KeyData = JSON.parse(JSON.stringify(random.keyData(noise!)));
 * console.log(String(random.fromData(sent)) === String(noise)); // true
 */
export const fromData = (data: KeyData): Key =>
  Array.isArray(data) && data.length === 2 && data.every(isWord)
    ? keyOf(data[0], data[1])
    : misuse('random.fromData: data', 'what random.keyData gives, two integers from 0 to 2^32 - 1', data);
