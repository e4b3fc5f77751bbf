import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmap } from '../../src/index.ts';
import {
  bernoulli,
  bits,
  categorical,
  foldIn,
  fromData,
  gamma,
  type Key,
  key,
  keyData,
  normal,
  permutation,
  split,
  uniform,
} from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { valuesOfEach } from '../support/numbers.ts';

/** Keys however they were made: of seeds, by splits and by folds. */
const keys = fc
  .tuple(fc.maxSafeNat(), fc.array(fc.oneof(fc.constant('split'), fc.nat(2 ** 32 - 1)), { maxLength: 4 }))
  .map(([seed, made]) =>
    made.reduce<Key>(
      (from, each) => (typeof each === 'number' ? foldIn(from, each) : split(from)[1]!),
      key(seed),
    ),
  );

const json = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A;

/** Through the message channel that workers use. */
const posted = async <A>(value: A): Promise<A> => {
  const { port1, port2 } = new MessageChannel();
  try {
    return await new Promise<A>((resolve) => {
      port2.onmessage = ({ data }) => resolve(data as A);
      port1.postMessage(value);
    });
  } finally {
    port1.close();
    port2.close();
    // What follows must not run in the port's own callback: reads on WebGPU run the event loop, in which the port goes.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
};

describe('keyData', () => {
  it('is the two words of a key, as in jax.random.key_data', () => {
    expect(keyData(key(42))).toEqual([0, 42]);
    expect(keyData(key(2 ** 53 - 1))).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    expect(split(key(1), 3).map(keyData)).toEqual([
      [507451445, 1853169794],
      [1948878966, 4237131848],
      [2441914641, 3819641963],
    ]);
    expect(Object.isFrozen(keyData(key(0)))).toBe(true);
  });

  it('comes back as the same key, through JSON and a structured clone', () => {
    fc.assert(
      fc.property(keys, (each) => {
        for (const data of [keyData(each), json(keyData(each)), structuredClone(keyData(each))]) {
          const again = fromData(data);
          expect(String(again)).toBe(String(each));
          expect(bits(again, 3)).toEqual(bits(each, 3));
          expect(String(foldIn(again, 7))).toBe(String(foldIn(each, 7)));
        }
      }),
    );
  });

  it('rejects anything that is not a key', () => {
    expect(() => keyData(3 as never)).toThrow('random.keyData: key must be a random key, got 3');
  });

  it('rejects a batch of keys inside vmap, and accepts a single key there', () => {
    expect(() => vmap((each: Key) => keyData(each))(split(key(0), 3))).toThrow(
      'random.keyData: key must be a single key, not a batch inside vmap',
    );
    const outer = key(5);
    const inside = vmap((_: Key) => String(fromData(keyData(outer))))(split(key(0), 3));
    expect(inside).toBe(String(outer));
  });
});

describe('fromData', () => {
  it('takes any two words', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.tuple(word, word), (data) => {
        expect(keyData(fromData(data))).toEqual(data);
      }),
    );
  });

  it.each([
    [undefined],
    [null],
    [0],
    ['0,1'],
    [{}],
    [{ 0: 0, 1: 1, length: 2 }],
    [[]],
    [[0]],
    [[0, 1, 2]],
    [[0, -1]],
    [[0, 2 ** 32]],
    [[0.5, 0]],
    [[Number.NaN, 0]],
    [['0', '1']],
    [[0n, 1n]],
    [[null, 0]],
    [key(0)],
  ])('refuses %s', (data) => {
    expect(() => fromData(data as never)).toThrow(
      'random.fromData: data must be two integers from 0 to 2^32 - 1, as random.keyData returns, got ',
    );
  });
});

describe('a key that was sent without keyData', () => {
  const dead = [structuredClone(key(1)), json(key(1))];

  it.each([
    ['random.split: key', (k: Key) => split(k)],
    ['random.foldIn: key', (k: Key) => foldIn(k, 0)],
    ['random.bits: key', (k: Key) => bits(k)],
    ['random.keyData: key', (k: Key) => keyData(k)],
    ['random.normal: key', (k: Key) => normal(k, [1])],
    ['random.permutation: key', (k: Key) => permutation(k, 3)],
  ])('is refused as %s with the way to send it', (argument, use) => {
    for (const each of dead) {
      expect(() => use(each)).toThrow(
        `${argument} must be a random key, got an empty object; a key sent through postMessage or JSON is empty: send random.keyData(key), restore with random.fromData`,
      );
    }
  });

  it('is rejected, and so are other values', () => {
    expect(() => split({ seed: 1 } as never)).toThrow(/got an object with keys \[seed\]$/);
    expect(() => split([0, 1] as never)).toThrow(/; random.fromData makes a key from its data$/);
    expect(() => split(0 as never)).toThrow(/; random.key makes a key from a seed$/);
  });
});

describeOnBackends('a key sent as data', () => {
  it('draws the same numbers bit for bit', async () => {
    const sent = foldIn(split(key(2 ** 40 + 3))[1]!, 2 ** 31 + 1);
    const received = fromData(await posted(keyData(sent)));
    tf.tidy(() => {
      const draws = (from: Key) => [
        normal(from, [33]),
        uniform(from, [33]),
        gamma(from, [5], { concentration: 0.7 }),
        bernoulli(from, [33], { p: 0.3 }),
        categorical(from, tf.tensor1d([0.1, 0.2, 0.3]), [33]),
        permutation(from, 33),
      ];
      expect(valuesOfEach(draws(received))).toEqual(valuesOfEach(draws(sent)));
    });
  });
});
