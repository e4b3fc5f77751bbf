import { type Key, keyContent, type Words, watchedKey } from './key.ts';
import { threefry } from './threefry.ts';

/** How a key was derived from another: by its place among them, and the counter of two words. */
interface Derivation {
  readonly from: number;
  readonly high: number;
  readonly low: number;
}

/** The keys that a function derived from one, in order; the first is that one. */
export interface Derivations {
  /** The key to be given to the function. */
  readonly key: Key;
  /** What read the words of a key in JavaScript, if anything did. */
  readonly reader: () => string | undefined;
  /** Whether another function derived its keys in the same way. */
  readonly sameAs: (other: Derivations) => boolean;
  /** Every derivation as text, by which two are compared. */
  readonly text: () => string;
  /** The place of the key with these words, if there is one. */
  readonly place: (words: readonly [number, number]) => number | undefined;
  /** A function that derives the words of the keys at these places from another first key. */
  readonly rederive: (places: readonly number[]) => (key: Key) => Int32Array;
}

const idOf = (k0: number, k1: number): string => `${k0 >>> 0},${k1 >>> 0}`;

/** Those derivations that lead to some places, in order. */
const leadingTo = (all: readonly Derivation[], places: readonly number[]): readonly number[] => {
  const needed = new Set(places);
  // A set is visited in the order of insertion, with what is added on the way.
  for (const place of needed) needed.add(all[place]!.from);
  needed.delete(0);
  return [...needed].sort((a, b) => a - b);
};

/**
 * Watches what keys a function derives from one, so that they can be derived from another key without the function.
 *
 * @example
 * const derivations = watchDerivations(random.key(0));
 * random.split(derivations.key);
 */
export const watchDerivations = (root: Key): Derivations => {
  const { k0, k1 } = keyContent(root) as Words;
  // The first is derived from none.
  const all: Derivation[] = [{ from: 0, high: 0, low: 0 }];
  const places = new Map<string, number>([[idOf(k0, k1), 0]]);
  let reader: string | undefined;
  const key = watchedKey(
    { k0, k1 },
    {
      derived: (from, high, low, to) => {
        const id = idOf(to.k0, to.k1);
        if (places.has(id)) return;
        places.set(id, all.length);
        all.push({ from: places.get(idOf(from.k0, from.k1))!, high, low });
      },
      read: (by) => {
        reader ??= by;
      },
    },
  );
  const text = (): string =>
    all
      .slice(1)
      .map(({ from, high, low }) => `${from} ${high} ${low}`)
      .join();
  return {
    key,
    reader: () => reader,
    text,
    sameAs: (other) => text() === other.text(),
    place: ([k0, k1]) => places.get(idOf(k0, k1)),
    rederive: (wanted) => {
      const steps = leadingTo(all, wanted).map((place) => ({ place, ...all[place]! }));
      const words = new Int32Array(2 * all.length);
      const pair = new Int32Array(2);
      return (other) => {
        const { k0, k1 } = keyContent(other) as Words;
        words.set([k0, k1]);
        for (const { place, from, high, low } of steps) {
          threefry(words[2 * from]!, words[2 * from + 1]!, high, low, 1, pair);
          words.set(pair, 2 * place);
        }
        return Int32Array.from(wanted.flatMap((place) => [words[2 * place]!, words[2 * place + 1]!]));
      };
    },
  };
};
