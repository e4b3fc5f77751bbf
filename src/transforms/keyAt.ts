import { foldIn, type Key } from '../random/index.ts';
import type { Path } from '../tree/index.ts';

/** FNV-1a, 32 bits: names to the integers that keys are folded with. */
const hash = (text: string): number =>
  Array.from(text).reduce((h, char) => Math.imul(h ^ (char.codePointAt(0) ?? 0), 16777619), 2166136261) >>> 0;

/**
 * The key of a place in a network. It depends on the place's path alone, so that adding a layer does not
 * change the draws of another.
 *
 * @example
 * keyAt(['hidden', 'weight'])(random.key(0));
 */
export const keyAt =
  (path: Path) =>
  (key: Key): Key =>
    path.reduce((k, name) => foldIn(k, hash(name)), key);
