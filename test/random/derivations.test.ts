import fc from 'fast-check';
import { expect, it } from 'vitest';
import { random } from '../../src/index.ts';
import { watchDerivations } from '../../src/random/derivations.ts';
import { describeOnBackends } from '../support/backends.ts';

const wordsOf = (key: random.Key) => [...random.keyData(key)] as [number, number];

const someKey = fc.nat().map(random.key);

/** Derives keys in a way that data describes: each from one of those before. */
const derive = (root: random.Key, steps: readonly (readonly [from: number, data: number])[]) => {
  const keys = [...random.split(root, 2)];
  for (const [from, data] of steps) keys.push(random.foldIn(keys[from % keys.length]!, data));
  return keys;
};

const someSteps = fc.array(fc.tuple(fc.nat(10), fc.nat(10)), { maxLength: 8 });

it('derives the same keys from another key', () => {
  fc.assert(
    fc.property(someKey, someKey, someSteps, fc.nat(), (key, other, steps, which) => {
      const watched = watchDerivations(key);
      const [keys, others] = [derive(watched.key, steps), derive(other, steps)];
      const at = which % keys.length;
      const plain = derive(key, steps);
      const place = watched.place(wordsOf(plain[at]!))!;
      expect(String(keys[at])).toBe(String(plain[at]));
      expect([...watched.rederive([place, 0])(other)].map((word) => word >>> 0)).toEqual([
        ...wordsOf(others[at]!),
        ...wordsOf(other),
      ]);
    }),
  );
});

it('says whether two functions derive keys in the same way', () => {
  const watch = (seed: number, data: number) => {
    const watched = watchDerivations(random.key(seed));
    random.foldIn(watched.key, data);
    return watched;
  };
  expect(watch(0, 1).sameAs(watch(5, 1))).toBe(true);
  expect(watch(0, 1).sameAs(watch(0, 2))).toBe(false);
});

describeOnBackends('watchDerivations', () => {
  it('reports what reads the words of a key, and of those derived from it', () => {
    const readers = [
      (key: random.Key) => random.bits(key, 1),
      (key: random.Key) => random.keyData(random.split(key)[1]!),
      (key: random.Key) => random.permutation(random.foldIn(key, 3), 4).dispose(),
    ];
    expect(
      readers.map((read) => {
        const { key, reader } = watchDerivations(random.key(0));
        expect(reader()).toBeUndefined();
        read(key);
        return reader();
      }),
    ).toEqual(['random.bits', 'random.keyData', 'random.permutation']);
  });
});
